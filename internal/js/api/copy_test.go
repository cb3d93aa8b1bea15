package api

import (
	"math"
	"testing"
)

func TestTheEndOfAReplySubjectIsReadBack(t *testing.T) {
	for _, m := range []uint64{0, 1, 35, 36, math.MaxUint64} {
		for _, c := range []uint32{1, 2, 40, math.MaxUint32} {
			s := string(AppendCopy(nil, m, c))
			if message, copy, ok := ParseCopy(s); message != m || copy != c || !ok {
				t.Errorf("%q: %d, %d, %v", s, message, copy, ok)
			}
		}
	}
	for _, s := range []string{"", "_", "_2", "5_", "5_1", "5_0", "5_-2", "5_2_3", "-5", "5 ", "5_2.", "5_zzzzzzzz", "zzzzzzzzzzzzzzzz"} {
		if m, c, ok := ParseCopy(s); ok {
			t.Errorf("%q: %d, %d", s, m, c)
		}
	}
}
