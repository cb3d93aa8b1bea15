package wire

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// ServerInfo is what a server tells of itself in INFO. The root package has a
// type of the same fields in the same order and converts to it.
type ServerInfo struct {
	ID              string   `json:"server_id"`
	Name            string   `json:"server_name"`
	Proto           int      `json:"proto"`
	Version         string   `json:"version"`
	Host            string   `json:"host"`
	Port            int      `json:"port"`
	Headers         bool     `json:"headers"`
	AuthRequired    bool     `json:"auth_required,omitempty"`
	TLSRequired     bool     `json:"tls_required,omitempty"`
	TLSAvailable    bool     `json:"tls_available,omitempty"`
	MaxPayload      int64    `json:"max_payload"`
	CID             uint64   `json:"client_id,omitempty"`
	ClientIP        string   `json:"client_ip,omitempty"`
	Nonce           string   `json:"nonce,omitempty"`
	Cluster         string   `json:"cluster,omitempty"`
	ConnectURLs     []string `json:"connect_urls,omitempty"`
	LameDuckMode    bool     `json:"ldm,omitempty"`
	JetStream       bool     `json:"jetstream,omitempty"`
	IsSystemAccount bool     `json:"acc_is_sys,omitempty"`
	RemoteAccount   string   `json:"remote_account,omitempty"`
	JSApiLevel      int      `json:"api_lvl,omitempty"`
	Domain          string   `json:"domain,omitempty"`
}

// ConnectInfo is what a client tells of itself in CONNECT.
type ConnectInfo struct {
	Verbose      bool   `json:"verbose"`
	Pedantic     bool   `json:"pedantic"`
	JWT          string `json:"jwt,omitempty"`
	Nkey         string `json:"nkey,omitempty"`
	Sig          string `json:"sig,omitempty"` // of the nonce, base64 without padding
	User         string `json:"user,omitempty"`
	Pass         string `json:"pass,omitempty"`
	AuthToken    string `json:"auth_token,omitempty"`
	TLSRequired  bool   `json:"tls_required"`
	Name         string `json:"name"`
	Lang         string `json:"lang"`
	Version      string `json:"version"`
	Protocol     int    `json:"protocol"` // 1: understands INFO at any time
	Echo         bool   `json:"echo"`
	Headers      bool   `json:"headers"`
	NoResponders bool   `json:"no_responders"`
}

// ParseInfo reads the JSON of an INFO. Fields it doesn't know are ignored.
func ParseInfo(arg []byte) (ServerInfo, error) {
	var info ServerInfo
	if err := parseObject("INFO", arg, &info); err != nil {
		return ServerInfo{}, err
	}
	return info, nil
}

// ParseConnect reads the JSON of a CONNECT. Fields it doesn't know are ignored.
// Its errors show nothing of the JSON, which holds credentials.
func ParseConnect(arg []byte) (ConnectInfo, error) {
	var info ConnectInfo
	if err := parseObject("CONNECT", arg, &info); err != nil {
		err.Excerpt = ""
		return ConnectInfo{}, err
	}
	return info, nil
}

func parseObject(verb string, arg []byte, v any) *SyntaxError {
	arg = bytes.TrimSpace(arg)
	if len(arg) == 0 || arg[0] != '{' {
		return &SyntaxError{What: verb + " has no JSON object", Excerpt: excerpt(arg), Err: ErrSyntax}
	}
	err := json.Unmarshal(arg, v)
	if err == nil {
		return nil
	}
	what := verb + " has bad JSON"
	switch e := err.(type) {
	case *json.SyntaxError:
		what += " at byte " + strconv.FormatInt(e.Offset, 10) + " of " + strconv.Itoa(len(arg))
		// The place tells more than the start, which every INFO shares.
		arg = arg[max(0, min(int(e.Offset), len(arg))-maxExcerpt/2):]
	case *json.UnmarshalTypeError:
		what += ": field " + e.Field + " can't be of type " + e.Type.String()
		arg = arg[max(0, min(int(e.Offset), len(arg))-maxExcerpt/2):]
	}
	return &SyntaxError{What: what, Excerpt: excerpt(arg), Err: ErrSyntax}
}

// AppendInfo appends an INFO line.
func AppendInfo(dst []byte, info *ServerInfo) []byte {
	return appendJSON(append(dst, "INFO "...), info)
}

// AppendConnect appends a CONNECT line.
func AppendConnect(dst []byte, info *ConnectInfo) []byte {
	return appendJSON(append(dst, "CONNECT "...), info)
}

func appendJSON(dst []byte, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("wire: " + err.Error()) // both types marshal whatever they hold
	}
	dst = append(dst, b...)
	return append(dst, "\r\n"...)
}
