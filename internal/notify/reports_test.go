package notify

import (
	"testing"
	"testing/synctest"
)

// What a server says waits for its handler up to a bound, the length of its texts
// counted; the rest is left out and counted.
func TestReportsAreBounded(t *testing.T) {
	for _, text := range []int{0, 100, 4 << 10, 1 << 20, reportsWaiting} {
		synctest.Test(t, func(t *testing.T) {
			var d Dispatcher
			let := make(chan struct{})
			d.Post(Error, func() { <-let })
			told := 0
			const total = 40_000
			for range total {
				d.PostBounded(Error, text, func() { told++ })
			}
			synctest.Wait()
			if n := d.reports.waiting.Load(); n > reportsWaiting {
				t.Errorf("%d bytes wait, more than %d", n, reportsWaiting)
			}
			close(let)
			synctest.Wait()
			if want := reportsWaiting / (reportSize + text); told != want {
				t.Errorf("texts of %d bytes: %d told, want %d", text, told, want)
			}
			if left := d.LeftOut(); int(left)+told != total {
				t.Errorf("%d told, %d left out, of %d", told, left, total)
			}
			if left := d.LeftOut(); left != 0 {
				t.Errorf("%d are left out twice", left)
			}
			d.rested(t)
		})
	}
}

// 20,000 refusals of the usual length are told one by one.
func TestReportsThatNeedAReasonFindRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d Dispatcher
		let := make(chan struct{})
		d.Post(Error, func() { <-let })
		var told []int
		for i := range 20_000 {
			d.PostBounded(Error, 120, func() { told = append(told, i) })
		}
		close(let)
		synctest.Wait()
		if d.LeftOut() != 0 || len(told) != 20_000 {
			t.Fatalf("%d told", len(told))
		}
		for i, n := range told {
			if i != n {
				t.Fatalf("report %d was told as number %d", n, i)
			}
		}
	})
}

// A report has room again as soon as others were told, and what is no server's doing
// needs none.
func TestReportsMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d Dispatcher
		next, told := make(chan struct{}), 0
		tell := func() {
			<-next
			told++
		}
		const half = reportsWaiting/2 - reportSize
		d.Post(Error, tell)
		d.PostBounded(Error, half, tell)
		d.PostBounded(Error, half, tell)
		d.PostBounded(Error, half, tell)
		if left := d.LeftOut(); left != 1 {
			t.Errorf("%d left out, want 1", left)
		}
		d.Post(Error, tell)
		for range 2 {
			next <- struct{}{}
		}
		synctest.Wait()
		d.PostBounded(Error, half, tell)
		if left := d.LeftOut(); left != 0 {
			t.Errorf("%d left out though there is room", left)
		}
		for range 3 {
			next <- struct{}{}
		}
		synctest.Wait()
		if told != 5 {
			t.Errorf("%d told, want 5", told)
		}
		d.rested(t)
	})
}
