// net/http: submits a job, reads it and cancels it; with an argument, only cancels that job.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

var url = "http://127.0.0.1:8080"

func newClient() (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	// Less than the 75 s after which the gateway closes an idle connection; Go's default is 90 s.
	transport.IdleConnTimeout = 30 * time.Second
	if socket := os.Getenv("GATEWAY_SOCKET"); socket != "" {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}
	}
	if authority := os.Getenv("GATEWAY_CA"); authority != "" {
		pem, err := os.ReadFile(authority)
		if err != nil {
			return nil, err
		}
		certificate, err := tls.LoadX509KeyPair(os.Getenv("GATEWAY_CERTIFICATE"), os.Getenv("GATEWAY_CERTIFICATE_KEY"))
		if err != nil {
			return nil, err
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{certificate}}
	}
	// There is no time limit by default; the gateway itself may take 130 s.
	return &http.Client{Transport: transport, Timeout: 140 * time.Second}, nil
}

func newRequest(method, path string, body io.Reader) (*http.Request, error) {
	request, err := http.NewRequest(method, url+path, body)
	if err != nil {
		return nil, err
	}
	if key := os.Getenv("GATEWAY_KEY"); key != "" {
		request.Header.Set("X-Gateway-Key", key)
	}
	return request, nil
}

// job sends the request, and decodes the job in the response.
func job(client *http.Client, method, path string, body io.Reader) (id, status string, err error) {
	request, err := newRequest(method, path, body)
	if err != nil {
		return "", "", err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return "", "", err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return "", "", err
	}
	if response.StatusCode != http.StatusOK {
		return "", "", fmt.Errorf("%s: %s", response.Status, content)
	}
	var decoded struct{ ID, Status string }
	err = json.Unmarshal(content, &decoded)
	return decoded.ID, decoded.Status, err
}

func cancel(client *http.Client, id string) (bool, error) {
	request, err := newRequest(http.MethodDelete, "/v1/batch-query/jobs/"+id, nil)
	if err != nil {
		return false, err
	}
	request.Header.Set("Zuora-Track-Id", fmt.Sprintf("go-%d", time.Now().UnixNano()))
	// If the gateway closed the connection, Go repeats a GET, but a DELETE only with this field. Without a value it is
	// not sent.
	request.Header["Idempotency-Key"] = nil
	response, err := client.Do(request)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return false, err
	}
	outcome := response.Header.Get("Gateway-Outcome")
	fmt.Printf("%d %s, track id %s\n", response.StatusCode, outcome, response.Header.Get("Zuora-Track-Id"))
	return outcome == "cancelled" || outcome == "already-cancelled", nil
}

func run() (bool, error) {
	if value := os.Getenv("GATEWAY_URL"); value != "" {
		url = value
	}
	client, err := newClient()
	if err != nil {
		return false, err
	}
	if len(os.Args) > 1 {
		return cancel(client, os.Args[1])
	}
	query := `{"name":"accounts","format":"csv","queries":[{"name":"accounts","query":"select Id from Account"}]}`
	id, _, err := job(client, http.MethodPost, "/v1/batch-query", strings.NewReader(query))
	if err != nil {
		return false, err
	}
	fmt.Println("submitted", id)
	_, status, err := job(client, http.MethodGet, "/v1/batch-query/jobs/"+id, nil)
	if err != nil {
		return false, err
	}
	fmt.Printf("read %s: %s\n", id, status)
	return cancel(client, id)
}

func main() {
	done, err := run()
	if err != nil {
		log.Fatal(err)
	}
	if !done {
		os.Exit(1)
	}
}
