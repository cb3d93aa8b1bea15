package object

import "testing"

// No digest that somebody stored ends the program, and one that is understood is ours.
func FuzzParseDigest(f *testing.F) {
	for _, s := range []string{"", "=", "SHA-256=", "SHA-256=LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sum, ok, err := ParseDigest(text)
		if (!ok || err != nil) && len(sum) > 0 && !ok {
			t.Errorf("%q isn't one and is %x", text, sum)
		}
		d := NewDownload(1, 1, text)
		if d.Chunk([]byte("a")) == Whole && text != "" && len(sum) != 32 {
			t.Errorf("%q is the digest of anything", text)
		}
	})
}
