//go:build editor

package editor_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// client is as much of an editor as the tests need: it speaks the Language Server
// Protocol with a server on its standard input and output.
type client struct {
	t      *testing.T
	in     io.Writer
	out    *textproto.Reader
	lastID int
}

type message struct {
	Version string          `json:"jsonrpc"`
	ID      *int            `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  any             `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   json.RawMessage `json:"error,omitempty"`
}

type object map[string]any

// settings are what an editor has for YAML. No schema comes from the network.
var settings = object{"validate": true, "completion": true, "hover": true, "schemaStore": object{"enable": false}}

// start runs the server and shakes hands.
func start(t *testing.T) *client {
	server := os.Getenv("YAML_LANGUAGE_SERVER")
	require.NotEmpty(t, server, "YAML_LANGUAGE_SERVER must name the server: run make test-editor")
	command := exec.Command(server, "--stdio")
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	require.NoError(t, err)
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	// A server that hangs ends the test: what is read from it then ends.
	watchdog := time.AfterFunc(time.Minute, func() { command.Process.Kill() })
	t.Cleanup(func() {
		watchdog.Stop()
		command.Process.Kill()
		command.Wait()
	})
	c := &client{t: t, in: in, out: textproto.NewReader(bufio.NewReader(out))}
	c.request("initialize", object{"processId": os.Getpid(), "rootUri": nil, "capabilities": object{}}, nil)
	c.send(message{Method: "initialized", Params: object{}})
	c.send(message{Method: "workspace/didChangeConfiguration", Params: object{"settings": object{"yaml": settings}}})
	return c
}

func (c *client) send(m message) {
	m.Version = "2.0"
	body, err := json.Marshal(m)
	require.NoError(c.t, err)
	_, err = fmt.Fprintf(c.in, "Content-Length: %d\r\n\r\n%s", len(body), body)
	require.NoError(c.t, err)
}

// receive returns the next message that is no request of the server's own. Those are
// answered: it asks for settings.
func (c *client) receive() message {
	for {
		header, err := c.out.ReadMIMEHeader()
		require.NoError(c.t, err, "the server has ended")
		length, err := strconv.Atoi(header.Get("Content-Length"))
		require.NoError(c.t, err)
		body := make([]byte, length)
		_, err = io.ReadFull(c.out.R, body)
		require.NoError(c.t, err)
		var m message
		require.NoError(c.t, json.Unmarshal(body, &m))
		if m.Method == "" || m.ID == nil {
			return m
		}
		answer := []any{}
		if m.Method == "workspace/configuration" {
			asked := m.Params.(map[string]any)["items"].([]any)
			answer = append([]any{settings}, make([]any, len(asked)-1)...)
		}
		result, err := json.Marshal(answer)
		require.NoError(c.t, err)
		c.send(message{ID: m.ID, Result: result})
	}
}

// request asks for something and decodes the answer.
func (c *client) request(method string, params, answer any) {
	c.lastID++
	id := c.lastID
	c.send(message{ID: &id, Method: method, Params: params})
	for {
		m := c.receive()
		if m.ID == nil || *m.ID != id {
			continue
		}
		require.Empty(c.t, string(m.Error), method)
		if answer != nil {
			require.NoError(c.t, json.Unmarshal(m.Result, answer))
		}
		return
	}
}

// open shows the server a file, and returns what it finds wrong there.
func (c *client) open(uri, text string) (problems []diagnostic) {
	c.send(message{Method: "textDocument/didOpen", Params: object{
		"textDocument": object{"uri": uri, "languageId": "yaml", "version": 1, "text": text},
	}})
	for {
		m := c.receive()
		if m.Method != "textDocument/publishDiagnostics" {
			continue
		}
		var published struct {
			URI         string
			Diagnostics []diagnostic
		}
		params, err := json.Marshal(m.Params)
		require.NoError(c.t, err)
		require.NoError(c.t, json.Unmarshal(params, &published))
		if published.URI == uri {
			return published.Diagnostics
		}
	}
}

// at is a request about a place in a file that is open.
func (c *client) at(method, uri string, p position, answer any) {
	c.request("textDocument/"+method, object{"textDocument": object{"uri": uri}, "position": p}, answer)
}

type position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

type diagnostic struct {
	Message string
	Range   struct{ Start position }
}
