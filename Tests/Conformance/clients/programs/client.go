// Go's net/http as it comes: one connection for requests one after the other.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

var (
	base     = os.Args[1]
	name     = os.Args[2]
	client   = &http.Client{Timeout: 30 * time.Second, Transport: transport(false)}
	failures = 0
)

// transport has Go's own settings but for the proxy of the environment.
func transport(compressed bool) *http.Transport {
	made := http.DefaultTransport.(*http.Transport).Clone()
	made.Proxy = nil
	made.DisableCompression = !compressed
	made.ExpectContinueTimeout = 20 * time.Second
	return made
}

func expect(step string, found, wanted any) {
	if found == wanted {
		fmt.Println("ok      " + step)
		return
	}
	failures++
	fmt.Printf("FAILED  %s: %v, not %v\n", step, found, wanted)
}

func submission(size int) []byte {
	var text strings.Builder
	for number := 0; number < size/8; number++ {
		fmt.Fprintf(&text, "%07x ", number)
	}
	query := map[string]string{"name": "accounts", "query": "select Id from Account -- " + text.String(), "type": "zoqlexport"}
	body, _ := json.Marshal(map[string]any{"format": "csv", "version": "1.1", "name": "nightly", "queries": []any{query}})
	return body
}

func send(method, path string, fields map[string]string, body io.Reader) (*http.Response, []byte) {
	request, err := http.NewRequest(method, base+path, body)
	if err != nil {
		panic(err)
	}
	for field, value := range fields {
		request.Header.Set(field, value)
	}
	answer, err := client.Do(request)
	if err != nil {
		fmt.Printf("FAILED  %s %s: %v\n", method, path, err)
		os.Exit(1)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		fmt.Printf("FAILED  %s %s: %v\n", method, path, err)
		os.Exit(1)
	}
	return answer, content
}

func member(body []byte, name string) any {
	var object map[string]any
	json.Unmarshal(body, &object)
	return object[name]
}

func sum(content []byte) string { return fmt.Sprint(len(content), " ", crc32.ChecksumIEEE(content)) }

func main() {
	job := "/v1/batch-query/jobs/executing." + name
	crc, _ := strconv.ParseUint(os.Args[3], 10, 32)
	wanted := fmt.Sprint(1<<20, " ", crc)
	content := map[string]string{"Content-Type": "application/json"}

	answer, body := send("DELETE", job, map[string]string{"X-Zuora-Tenant": "acme", "Zuora-Track-Id": name + "-1"}, nil)
	expect("cancel: DELETE is answered", answer.StatusCode, 200)
	expect("cancel: the outcome is told", answer.Header.Get("Gateway-Outcome"), "cancelled")
	expect("cancel: the track id comes back", answer.Header.Get("Zuora-Track-Id"), name+"-1")
	expect("cancel: the body is Zuora's", member(body, "status"), "cancelled")

	_, body = send("GET", job, nil, nil)
	expect("get: the job is cancelled", member(body, "status"), "cancelled")

	_, body = send("POST", "/v1/batch-query", content, bytes.NewReader(submission(0)))
	expect("post: a job is submitted", member(body, "id") != nil, true)
	// A reader of unknown length: chunks.
	_, body = send("POST", "/v1/batch-query", content, io.MultiReader(bytes.NewReader(submission(300000))))
	expect("post: so is one that comes in chunks", member(body, "id") != nil, true)
	expectant := map[string]string{"Content-Type": "application/json", "Expect": "100-continue"}
	_, body = send("POST", "/v1/batch-query", expectant, bytes.NewReader(submission(300000)))
	expect("post: so is one that waits for 100 Continue", member(body, "id") != nil, true)

	answer, body = send("GET", "/v1/files/file-1MiB", nil, nil)
	expect("plain: the answer is not compressed", answer.Header.Get("Content-Encoding"), "")
	expect("plain: and complete", sum(body), wanted)
	answer, body = send("GET", "/v1/nothing", nil, nil)
	expect("problem: the gateway's own answer is read", answer.StatusCode, 404)

	// Go asks for gzip and takes it off by itself, unless it is told not to; on a connection of its own.
	client.CloseIdleConnections()
	client.Transport = transport(true)
	answer, body = send("GET", "/v1/files/file-1MiB", nil, nil)
	expect("gzip: the answer is compressed", answer.Uncompressed, true)
	expect("gzip: and complete", sum(body), wanted)
	if failures > 0 {
		os.Exit(1)
	}
}
