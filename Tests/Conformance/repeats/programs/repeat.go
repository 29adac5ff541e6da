// GET /first, then METHOD /second: repeat BASE METHOD [idempotent].
package main

import (
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

func send(method, url string) {
	var content io.Reader
	if method == http.MethodPost {
		content = strings.NewReader("x")
	}
	request, err := http.NewRequest(method, url, content)
	if err != nil {
		log.Fatal(err)
	}
	if len(os.Args) > 3 {
		request.Header["Idempotency-Key"] = nil
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
}

func main() {
	send(http.MethodGet, os.Args[1]+"/first")
	time.Sleep(100 * time.Millisecond)
	send(os.Args[2], os.Args[1]+"/second")
}
