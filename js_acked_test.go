package nats

import (
	"fmt"
	"testing"
)

func ackSubject(seq uint64) string { return fmt.Sprintf("$JS.ACK.S.C.1.%d.%d.4.5", seq, seq) }

func TestTheLastWordOnAMessageIsOne(t *testing.T) {
	for _, core := range []bool{false, true} {
		var a jsAcked
		for seq := uint64(1); seq < 3*ackBlock; seq++ {
			r := ackSubject(seq)
			if !a.take(core, r, false) || !a.take(core, r, true) || a.take(core, r, true) || a.take(core, r, false) {
				t.Fatalf("core %v: delivery %d", core, seq)
			}
		}
		r := ackSubject(3*ackBlock - 1)
		a.giveBack(core, r) // it couldn't be published
		if !a.take(core, r, true) {
			t.Errorf("core %v: one that was given back is taken", core)
		}
	}
}

// The numbers of a consumer that was made anew under the same name begin again.
func TestAConsumerMadeAnewBeginsAgain(t *testing.T) {
	var a jsAcked
	for seq := uint64(1); seq <= 10; seq++ {
		a.came(seq)
		a.take(false, ackSubject(seq), true)
	}
	a.came(1)
	if !a.take(false, ackSubject(1), true) {
		t.Error("the first of the new one counts as acknowledged")
	}
}

func TestWhatWasAcknowledgedTakesBoundedMemory(t *testing.T) {
	var a jsAcked
	for n := range uint64(3 * ackBlocks) {
		seq := n*ackBlock + 1
		a.came(seq)
		a.take(false, ackSubject(seq), true)
		a.take(true, ackSubject(seq), true)
	}
	if len(a.blocks) > ackBlocks || len(a.order) > ackBlocks || len(a.replies) > ackRing {
		t.Errorf("%d blocks and %d subjects are kept", len(a.blocks), len(a.replies))
	}
	if a.take(false, ackSubject((3*ackBlocks-1)*ackBlock+1), true) {
		t.Error("the newest is forgotten")
	}
}
