package wire

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestParseInfo(t *testing.T) {
	const in = `{"server_id":"NA","server_name":"n1","version":"2.15.2","go":"go1.26","host":"0.0.0.0","port":4222,` +
		`"headers":true,"auth_required":true,"tls_required":true,"tls_available":true,"max_payload":1048576,` +
		`"proto":1,"client_id":5,"client_ip":"127.0.0.1","nonce":"abc","cluster":"c","domain":"d",` +
		`"connect_urls":["10.0.0.1:4222","[::1]:4222"],"ldm":true,"jetstream":true,"api_lvl":2,` +
		`"remote_account":"A","acc_is_sys":true,"xkey":"X","something_new":{"a":[1]}}`
	want := ServerInfo{
		ID: "NA", Name: "n1", Version: "2.15.2", Proto: 1, Host: "0.0.0.0", Port: 4222, Headers: true,
		AuthRequired: true, TLSRequired: true, TLSAvailable: true, MaxPayload: 1048576, CID: 5,
		ClientIP: "127.0.0.1", Nonce: "abc", Cluster: "c", Domain: "d",
		ConnectURLs: []string{"10.0.0.1:4222", "[::1]:4222"}, LameDuckMode: true, JetStream: true,
		JSApiLevel: 2, RemoteAccount: "A", IsSystemAccount: true,
	}
	got, err := ParseInfo([]byte(in))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got %+v, %v\nwant %+v", got, err, want)
	}

	// Every field is set above, so none can be lost on the way out and back.
	v := reflect.ValueOf(want)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("field %s isn't covered", v.Type().Field(i).Name)
		}
	}
	again, err := ParseInfo(arg(t, Info, AppendInfo(nil, &want)))
	if err != nil || !reflect.DeepEqual(again, want) {
		t.Errorf("there and back: %+v, %v", again, err)
	}
}

// arg returns the Arg of the only operation in line.
func arg(t testing.TB, k Kind, line []byte) []byte {
	t.Helper()
	var op Op
	n, err := new(Parser).Next(line, &op)
	if n != len(line) || err != nil || op.Kind != k {
		t.Fatalf("%q gives %d, %v, %v", line, n, err, op.Kind)
	}
	return op.Arg
}

func TestParseInfoErrors(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"empty", ``, `INFO has no JSON object`},
		{"null", `null`, `INFO has no JSON object: "null"`},
		{"array", `[1]`, `INFO has no JSON object: "[1]"`},
		{"cut off", `{"server_id":"x"`, `INFO has bad JSON at byte 16 of 16: "{\"server_id\":\"x\""`},
		{"behind the object", `{} x`, `INFO has bad JSON at byte 4 of 4: "{} x"`},
		{"wrong type", `{"port":"4222"}`, `INFO has bad JSON: field port can't be of type int: "{\"port\":\"4222\"}"`},
		{"too large", `{"max_payload":1e99}`, `INFO has bad JSON: field max_payload can't be of type int64: "{\"max_payload\":1e99}"`},
	} {
		_, err := ParseInfo([]byte(tt.in))
		if err == nil || err.Error() != "malformed protocol data: "+tt.want || !errors.Is(err, ErrSyntax) {
			t.Errorf("%s:\n got %v\nwant %s", tt.name, err, tt.want)
		}
	}
	_, err := ParseInfo([]byte(`{"port":` + strings.Repeat("9", 1<<20) + `}`))
	if err == nil || len(err.Error()) > 600 {
		t.Errorf("error on a huge number is %d bytes long", len(err.Error()))
	}
}

func TestConnectOnTheWire(t *testing.T) {
	for _, tt := range []struct {
		name string
		info ConnectInfo
		want string
	}{
		{
			"plain",
			ConnectInfo{Lang: "go", Version: "1.0", Protocol: 1, Echo: true, Headers: true, NoResponders: true},
			`CONNECT {"verbose":false,"pedantic":false,"tls_required":false,"name":"","lang":"go","version":"1.0",` +
				`"protocol":1,"echo":true,"headers":true,"no_responders":true}` + "\r\n",
		},
		{
			"everything",
			ConnectInfo{true, true, "j", "n", "s", "u", "p", "t", true, "me", "go", "1.0", 1, true, true, true},
			`CONNECT {"verbose":true,"pedantic":true,"jwt":"j","nkey":"n","sig":"s","user":"u","pass":"p",` +
				`"auth_token":"t","tls_required":true,"name":"me","lang":"go","version":"1.0",` +
				`"protocol":1,"echo":true,"headers":true,"no_responders":true}` + "\r\n",
		},
		{
			// A line end in a name mustn't end the line.
			"line end in the name",
			ConnectInfo{Name: "a\r\nPUB x 0"},
			`CONNECT {"verbose":false,"pedantic":false,"tls_required":false,"name":"a\r\nPUB x 0","lang":"","version":"",` +
				`"protocol":0,"echo":false,"headers":false,"no_responders":false}` + "\r\n",
		},
	} {
		line := AppendConnect(nil, &tt.info)
		if string(line) != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, line, tt.want)
		}
		if got, err := ParseConnect(arg(t, Connect, line)); err != nil || got != tt.info {
			t.Errorf("%s: back: %+v, %v", tt.name, got, err)
		}
	}
}
