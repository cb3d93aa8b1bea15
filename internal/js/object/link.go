package object

// Refusal is why a link can't be.
type Refusal uint8

// Refusals.
const (
	Allowed Refusal = iota
	NoName
	NoObject
	NoBucket
	Deleted
	ToLink
	Taken // an object has the name, or had
)

// Target is what a link leads to.
type Target struct {
	There   bool // it was given
	Name    string
	Deleted bool
	Link    bool
}

// MayLink says whether an object may be linked to under a name.
func MayLink(name string, to Target) Refusal {
	switch {
	case name == "":
		return NoName
	case !to.There || to.Name == "":
		return NoObject
	case to.Deleted:
		return Deleted
	case to.Link:
		return ToLink
	}
	return Allowed
}

// MayReplace says whether a link may take the place of what has, or had, its name.
func MayReplace(link bool) Refusal {
	if !link {
		return Taken
	}
	return Allowed
}

// MaxHops is how many links are followed. Links to links aren't made, but what is
// linked to may become one.
const MaxHops = 8
