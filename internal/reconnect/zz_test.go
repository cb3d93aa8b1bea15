package reconnect
import ("testing";"unsafe")
func TestZZ(t *testing.T){ t.Log(unsafe.Sizeof(Machine{}), unsafe.Sizeof(server{})) }
