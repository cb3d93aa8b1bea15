package nats

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"testing"
	"time"
)

type stubDialer struct{}

func (stubDialer) Dial(string, string) (net.Conn, error) { return nil, errors.New("no network") }

type stubProvider struct{}

func (stubProvider) InProcessConn() (net.Conn, error) { return nil, errors.New("no server") }

// plainOptions are the options that set fields and do nothing else, with the
// fields they set.
func plainOptions() map[string]struct {
	opt  Option
	sets map[string]any
} {
	conn := func(*Conn) {}
	connErr := func(*Conn, error) {}
	dialer := &net.Dialer{}
	headers := http.Header{"A": {"b"}}
	type entry = struct {
		opt  Option
		sets map[string]any
	}
	type f = map[string]any
	return map[string]entry{
		"Name":                     {Name("n"), f{"Name": "n"}},
		"Timeout":                  {Timeout(time.Hour), f{"Timeout": time.Hour}},
		"RetryOnFailedConnect":     {RetryOnFailedConnect(true), f{"RetryOnFailedConnect": true}},
		"DontRandomize":            {DontRandomize(), f{"NoRandomize": true}},
		"NoEcho":                   {NoEcho(), f{"NoEcho": true}},
		"InProcessServer":          {InProcessServer(stubProvider{}), f{"InProcessServer": stubProvider{}}},
		"Dialer":                   {Dialer(dialer), f{"Dialer": dialer}},
		"SetCustomDialer":          {SetCustomDialer(stubDialer{}), f{"CustomDialer": stubDialer{}}},
		"SkipHostLookup":           {SkipHostLookup(), f{"SkipHostLookup": true}},
		"ConnectionAttemptDelay":   {ConnectionAttemptDelay(-1), f{"ConnectionAttemptDelay": time.Duration(-1)}},
		"PingInterval":             {PingInterval(time.Hour), f{"PingInterval": time.Hour}},
		"MaxPingsOutstanding":      {MaxPingsOutstanding(7), f{"MaxPingsOut": 7}},
		"StaleAfter":               {StaleAfter(time.Hour), f{"StaleAfter": time.Hour}},
		"DrainTimeout":             {DrainTimeout(time.Hour), f{"DrainTimeout": time.Hour}},
		"SyncQueueLen":             {SyncQueueLen(7), f{"SubChanLen": 7}},
		"UseOldRequestStyle":       {UseOldRequestStyle(), f{"UseOldRequestStyle": true}},
		"CustomInboxPrefix":        {CustomInboxPrefix("p"), f{"InboxPrefix": "p"}},
		"PermissionErrOnSubscribe": {PermissionErrOnSubscribe(true), f{"PermissionErrOnSubscribe": true}},
		"SkipSubjectValidation":    {SkipSubjectValidation(), f{"SkipSubjectValidation": true}},
		"NoReconnect":              {NoReconnect(), f{"AllowReconnect": false}},
		"MaxReconnects":            {MaxReconnects(-1), f{"MaxReconnect": -1}},
		"ReconnectWait":            {ReconnectWait(time.Hour), f{"ReconnectWait": time.Hour}},
		"ReconnectJitter": {ReconnectJitter(time.Hour, time.Minute),
			f{"ReconnectJitter": time.Hour, "ReconnectJitterTLS": time.Minute}},
		"ReconnectJitterMax": {ReconnectJitterMax(time.Hour), f{"ReconnectJitterMax": time.Hour}},
		"ReconnectBackoff": {ReconnectBackoff(time.Second, time.Hour),
			f{"ReconnectBackoffFirst": time.Second, "ReconnectBackoffMax": time.Hour}},
		"LameDuckMigration":         {LameDuckMigration(true), f{"LameDuckMigration": true}},
		"ReconnectSpread":           {ReconnectSpread(time.Hour), f{"ReconnectSpread": time.Hour}},
		"CustomReconnectDelay":      {CustomReconnectDelay(func(int) time.Duration { return 0 }), f{"CustomReconnectDelayCB": nil}},
		"ReconnectToServer":         {ReconnectToServer(func([]Server, ServerInfo) (*Server, time.Duration) { return nil, 0 }), f{"ReconnectToServerCB": nil}},
		"IgnoreDiscoveredServers":   {IgnoreDiscoveredServers(), f{"IgnoreDiscoveredServers": true}},
		"IgnoreAuthErrorAbort":      {IgnoreAuthErrorAbort(), f{"IgnoreAuthErrorAbort": true}},
		"ReconnectOnFlusherError":   {ReconnectOnFlusherError(), f{"ReconnectOnFlusherError": true}},
		"OutboundFull":              {OutboundFull(DropOldest), f{"OutboundFull": DropOldest}},
		"ReconnectBufSize":          {ReconnectBufSize(-1), f{"ReconnectBufSize": -1}},
		"PublishTTL":                {PublishTTL(time.Hour), f{"PublishTTL": time.Hour}},
		"AtLeastOnce":               {AtLeastOnce(), f{"AtLeastOnce": true}},
		"AtLeastOnceLimit":          {AtLeastOnceLimit(7), f{"AtLeastOnce": true, "HeldLimit": 7}},
		"FailRequestsOnDisconnect":  {FailRequestsOnDisconnect(), f{"FailRequestsOnDisconnect": true}},
		"RetryRequestsOnDisconnect": {RetryRequestsOnDisconnect(), f{"RetryRequestsOnDisconnect": true}},
		"FlusherTimeout":            {FlusherTimeout(time.Hour), f{"FlusherTimeout": time.Hour}},
		"WriteBufferSize":           {WriteBufferSize(7), f{"WriteBufferSize": 7}},
		"ConnectHandler":            {ConnectHandler(conn), f{"ConnectedCB": nil}},
		"ReconnectHandler":          {ReconnectHandler(conn), f{"ReconnectedCB": nil}},
		"DisconnectErrHandler":      {DisconnectErrHandler(connErr), f{"DisconnectedErrCB": nil}},
		"DisconnectHandler":         {DisconnectHandler(conn), f{"DisconnectedCB": nil}},
		"ReconnectErrHandler":       {ReconnectErrHandler(connErr), f{"ReconnectErrCB": nil}},
		"ClosedHandler":             {ClosedHandler(conn), f{"ClosedCB": nil}},
		"DiscoveredServersHandler":  {DiscoveredServersHandler(conn), f{"DiscoveredServersCB": nil}},
		"LameDuckModeHandler":       {LameDuckModeHandler(conn), f{"LameDuckModeHandler": nil}},
		"AttemptHandler":            {AttemptHandler(func(*Conn, *ConnError) {}), f{"AttemptCB": nil}},
		"EventHandler":              {EventHandler(func(*Conn, Event) {}), f{"EventCB": nil}},
		"Logger":                    {Logger(slog.Default()), f{"Logger": nil}},
		"DetailedErrors":            {DetailedErrors(), f{"DetailedErrors": true}},
		"CheckLent":                 {CheckLent(), f{"CheckLent": true}},
		"ParallelHandlers":          {ParallelHandlers(), f{"ParallelHandlers": true}},
		"ErrorHandler":              {ErrorHandler(func(*Conn, *Subscription, error) {}), f{"AsyncErrorCB": nil}},
		"InDoubtHandler":            {InDoubtHandler(func(*Conn, InDoubt) {}), f{"InDoubtCB": nil}},
		"MessageDroppedHandler":     {MessageDroppedHandler(func(*Conn, *DroppedMsg) {}), f{"MessageDroppedCB": nil}},
		"NoCallbacks":               {NoCallbacksAfterClientClose(), f{"NoCallbacksAfterClientClose": true}},
		"Compression":               {Compression(true), f{"Compression": true}},
		"ProxyPath":                 {ProxyPath("p"), f{"ProxyPath": "p"}},
		"WebSocketHeaders":          {WebSocketConnectionHeaders(headers), f{"WebSocketConnectionHeaders": headers}},
		"WebSocketHeadersHandler": {WebSocketConnectionHeadersHandler(func() (http.Header, error) { return nil, nil }),
			f{"WebSocketConnectionHeadersHandler": nil}},
		"TLSHandshakeFirst": {TLSHandshakeFirst(), f{"TLSHandshakeFirst": true, "Secure": true}},
		"UserInfo":          {UserInfo("u", "p"), f{"User": "u", "Password": "p"}},
		"UserInfoHandler":   {UserInfoHandler(func() (string, string) { return "", "" }), f{"UserInfo": nil}},
		"Token":             {Token("t"), f{"Token": "t"}},
		"TokenHandler":      {TokenHandler(func() string { return "" }), f{"TokenHandler": nil}},
		"UserJWT": {UserJWT(func() (string, error) { return "", nil }, func([]byte) ([]byte, error) { return nil, nil }),
			f{"UserJWT": nil, "SignatureCB": nil}},
		"FenceEvery": {FenceEvery(1, 2), f{"FenceBytes": 1, "FenceInterval": time.Duration(2)}},
		"Nkey":       {Nkey("U", func([]byte) ([]byte, error) { return nil, nil }), f{"Nkey": "U", "SignatureCB": nil}},
	}
}

// optionlessFields have no option function of their own, as in nats.go, or are
// set by options that are tested elsewhere.
var optionlessFields = []string{
	"Url", "Servers", "Verbose", "Pedantic",
	"AllowMultipathTCP", "TLSConfig", "TLSCertCB", "RootCAsCB",
}

func TestOptionsSetTheirFieldsAndNoOthers(t *testing.T) {
	unset := map[string]bool{}
	typ := reflect.TypeFor[Options]()
	for i := range typ.NumField() {
		unset[typ.Field(i).Name] = true
	}
	for _, name := range optionlessFields {
		delete(unset, name)
	}
	for name, c := range plainOptions() {
		before, after := GetDefaultOptions(), GetDefaultOptions()
		if err := c.opt(&after); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		b, a := reflect.ValueOf(before), reflect.ValueOf(after)
		for i := range a.NumField() {
			field := a.Type().Field(i).Name
			want, sets := c.sets[field]
			switch {
			case sets && want == nil: // a function, which can't be compared
				if a.Field(i).IsNil() {
					t.Errorf("%s doesn't set %s", name, field)
				}
			case sets:
				if !reflect.DeepEqual(a.Field(i).Interface(), want) {
					t.Errorf("%s sets %s to %v, want %v", name, field, a.Field(i), want)
				}
			case !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()):
				t.Errorf("%s changes %s", name, field)
			}
		}
		for field := range c.sets {
			delete(unset, field)
		}
	}
	for name := range unset {
		t.Errorf("no option tested here sets the field %s", name)
	}
}

func TestMultipathTCP(t *testing.T) {
	for _, on := range []bool{true, false} {
		var o Options
		if err := MultipathTCP(on)(&o); err != nil || o.AllowMultipathTCP == nil || *o.AllowMultipathTCP != on {
			t.Errorf("MultipathTCP(%v): %v", on, o.AllowMultipathTCP)
		}
	}
}

func TestDefaultOptions(t *testing.T) {
	o := GetDefaultOptions()
	want := map[string]any{
		"AllowReconnect": true, "MaxReconnect": 60,
		"ReconnectWait": 2 * time.Second, "ReconnectJitter": 100 * time.Millisecond,
		"ReconnectJitterTLS": time.Second, "ReconnectJitterMax": 5 * time.Minute,
		"Timeout": 2 * time.Second, "DrainTimeout": 30 * time.Second, "FlusherTimeout": time.Minute,
		"PingInterval": 2 * time.Minute, "MaxPingsOut": 2,
		"ReconnectBufSize": 8 << 20, "SubChanLen": 65536,
	}
	for name, value := range fieldsOf(o) {
		if w, ok := want[name]; ok && value != w {
			t.Errorf("%s is %v, want %v", name, value, w)
		} else if !ok && !reflect.ValueOf(value).IsZero() {
			t.Errorf("%s is %v, want zero", name, value)
		}
	}
	if !reflect.DeepEqual(DefaultOptions, o) {
		t.Error("DefaultOptions are not the default options")
	}
	if err := o.validate(); err != nil {
		t.Error(err)
	}
}

// fieldsOf returns the fields that can be compared and are not nil.
func fieldsOf(o Options) map[string]any {
	fields := map[string]any{}
	v := reflect.ValueOf(o)
	for i := range v.NumField() {
		if f := v.Field(i); f.Comparable() && f.Kind() != reflect.Interface && f.Kind() != reflect.Func {
			fields[v.Type().Field(i).Name] = f.Interface()
		}
	}
	return fields
}

func TestZeroOptionsMeanDefaults(t *testing.T) {
	o := (&Options{}).withDefaults()
	want := map[string]any{
		"Timeout":            2 * time.Second,
		"ReconnectJitterMax": 5 * time.Minute, "ConnectionAttemptDelay": 250 * time.Millisecond,
		"MaxPingsOut": 2, "ReconnectBufSize": 8 << 20, "SubChanLen": 65536,
		"WriteBufferSize": 32 << 10, "HeldLimit": 64 << 20,
		"FenceBytes": 1 << 20, "FenceInterval": time.Second,
	}
	if o.Dialer == nil || o.Dialer.Timeout != o.Timeout {
		t.Errorf("Dialer is %+v", o.Dialer)
	}
	o.Dialer = nil
	for name, value := range fieldsOf(o) {
		if w, ok := want[name]; ok && value != w {
			t.Errorf("%s is %v, want %v", name, value, w)
		} else if !ok && !reflect.ValueOf(value).IsZero() {
			t.Errorf("%s is %v, want zero", name, value)
		}
	}
	if err := o.validate(); err != nil {
		t.Error(err)
	}
}

func TestFences(t *testing.T) {
	o := (&Options{}).withDefaults()
	if o.FenceBytes != 1<<20 || o.FenceInterval != time.Second {
		t.Errorf("fences after %d bytes and %v", o.FenceBytes, o.FenceInterval)
	}
	o = (&Options{AtLeastOnce: true}).withDefaults()
	if o.FenceBytes != 256<<10 || o.FenceInterval != 100*time.Millisecond {
		t.Errorf("fences after %d bytes and %v with AtLeastOnce", o.FenceBytes, o.FenceInterval)
	}
	if err := FenceEvery(3, 4)(&o); err != nil || o.FenceBytes != 3 || o.FenceInterval != 4 {
		t.Errorf("FenceEvery: fences after %d bytes and %v, %v", o.FenceBytes, o.FenceInterval, err)
	}
	o = (&Options{AtLeastOnce: true, FenceBytes: 1, FenceInterval: 2}).withDefaults()
	if o.FenceBytes != 1 || o.FenceInterval != 2 {
		t.Errorf("fences after %d bytes and %v, want what was set", o.FenceBytes, o.FenceInterval)
	}
}

// What the program has set is found in Conn.Opts as it was set.
func TestNegativeValuesAreKept(t *testing.T) {
	given := Options{
		ReconnectWait: -1, ReconnectJitter: -1, ReconnectJitterTLS: -1, ReconnectSpread: -1,
		ReconnectBackoffFirst: -1, PingInterval: -1, StaleAfter: -1, PublishTTL: -1,
		ReconnectJitterMax: -1, ConnectionAttemptDelay: -1, FlusherTimeout: -1, DrainTimeout: -1,
		ReconnectBufSize: -1, MaxReconnect: -1, MaxPingsOut: -1, SubChanLen: -1,
	}
	kept := given.withDefaults()
	want, got := fieldsOf(given), fieldsOf(kept)
	for name, value := range want {
		if v := reflect.ValueOf(value); v.CanInt() && v.Int() < 0 && got[name] != value {
			t.Errorf("%s is %v, want %v", name, got[name], value)
		}
	}
	if err := kept.validate(); err != nil {
		t.Error(err)
	}
	p := policyOf(&kept)
	if p.ReconnectWait != 0 || p.ReconnectJitter != 0 || p.ReconnectJitterTLS != 0 || p.Spread != 0 || p.BackoffFirst != 0 {
		t.Errorf("negative isn't off: %+v", p)
	}
}

func TestZeroAndNegativeLimits(t *testing.T) {
	for _, c := range []struct {
		set            int
		drain, flusher time.Duration
		queue          int
	}{
		{0, 30 * time.Second, time.Minute, 65536},
		{-1, -1, -1, 65536},
		{7, 7, 7, 7},
	} {
		o := Options{DrainTimeout: time.Duration(c.set), FlusherTimeout: time.Duration(c.set), SubChanLen: c.set}
		if o.drainLimit() != c.drain || o.flusherLimit() != c.flusher || o.syncQueueLen() != c.queue {
			t.Errorf("%d: drain %v, flusher %v, queue %d", c.set, o.drainLimit(), o.flusherLimit(), o.syncQueueLen())
		}
	}
}

func TestBackoffMax(t *testing.T) {
	for _, c := range []struct{ first, max, want time.Duration }{
		{0, 0, 0},
		{time.Second, 0, 10 * time.Second},
		{time.Minute, 0, time.Minute},
		{time.Second, 3 * time.Second, 3 * time.Second},
	} {
		o := (&Options{ReconnectBackoffFirst: c.first, ReconnectBackoffMax: c.max}).withDefaults()
		if o.ReconnectBackoffMax != c.want || o.validate() != nil {
			t.Errorf("first %v and max %v: max %v, %v", c.first, c.max, o.ReconnectBackoffMax, o.validate())
		}
	}
}

func TestResilientAndOverrides(t *testing.T) {
	o := GetDefaultOptions()
	for _, opt := range []Option{NoReconnect(), MaxReconnects(3), Resilient(), StaleAfter(0), ReconnectSpread(time.Second)} {
		if err := opt(&o); err != nil {
			t.Fatal(err)
		}
	}
	if !o.AllowReconnect || o.MaxReconnect != -1 || !o.RetryOnFailedConnect || !o.IgnoreAuthErrorAbort ||
		o.ReconnectBackoffFirst != 100*time.Millisecond || o.ReconnectBackoffMax != 10*time.Second ||
		o.ConnectionAttemptDelay != 250*time.Millisecond {
		t.Errorf("not resilient: %+v", o)
	}
	if o.StaleAfter != 0 || o.ReconnectSpread != time.Second {
		t.Error("later options don't override its parts")
	}
	r := Options{}
	if err := Resilient()(&r); err != nil || r.StaleAfter != 10*time.Second || r.ReconnectSpread != 250*time.Millisecond {
		t.Errorf("StaleAfter %v, ReconnectSpread %v, %v", r.StaleAfter, r.ReconnectSpread, err)
	}
	if r = r.withDefaults(); r.validate() != nil {
		t.Error(r.validate())
	}
}

func TestSecureKeepsConfig(t *testing.T) {
	cfg := &tls.Config{ServerName: "x"}
	for name, opts := range map[string][]Option{
		"given":             {Secure(cfg)},
		"given, then plain": {Secure(cfg), Secure()},
		"given, then nil":   {Secure(cfg), Secure(nil)},
	} {
		var o Options
		for _, opt := range opts {
			if err := opt(&o); err != nil {
				t.Fatal(err)
			}
		}
		if !o.Secure || o.TLSConfig != cfg {
			t.Errorf("%s: secure %v, config %p, want %p", name, o.Secure, o.TLSConfig, cfg)
		}
	}
	var o Options
	if err := Secure()(&o); err != nil || !o.Secure || o.TLSConfig != nil {
		t.Errorf("plain: secure %v, config %v, %v", o.Secure, o.TLSConfig, err)
	}
}
