import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;

/** Java's HttpClient as it comes: it offers an upgrade to HTTP/2 (h2c) with each request on a new connection. */
public class Client {
    private static int failures = 0;
    private static String base;
    private static final HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    private static void expect(String step, Object found, Object wanted) {
        boolean isGood = Objects.equals(found, wanted);
        if (!isGood) failures += 1;
        System.out.println(isGood ? "ok      " + step : "FAILED  " + step + ": " + found + ", not " + wanted);
    }

    private static String submission(int size) {
        StringBuilder text = new StringBuilder();
        for (int number = 0; number < size / 8; number += 1) text.append(String.format("%07x ", number));
        return "{\"format\":\"csv\",\"version\":\"1.1\",\"name\":\"nightly\",\"queries\":[{\"name\":\"accounts\","
            + "\"query\":\"select Id from Account -- " + text + "\",\"type\":\"zoqlexport\"}]}";
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofSeconds(30));
    }

    private static HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofByteArray());
    }

    private static String text(HttpResponse<byte[]> answer) { return new String(answer.body(), StandardCharsets.UTF_8); }

    private static String check(byte[] content) {
        CRC32 crc = new CRC32();
        crc.update(content);
        return content.length + " bytes, " + crc.getValue();
    }

    public static void main(String[] arguments) throws Exception {
        base = arguments[0];
        String name = arguments[1];
        String wanted = "1048576 bytes, " + arguments[2];
        String job = "/v1/batch-query/jobs/executing." + name;

        HttpResponse<byte[]> answer = send(
            request(job).DELETE().header("X-Zuora-Tenant", "acme").header("Zuora-Track-Id", name + "-1"));
        expect("cancel: DELETE is answered", answer.statusCode(), 200);
        expect("cancel: by HTTP/1.1, whatever was offered", answer.version(), HttpClient.Version.HTTP_1_1);
        expect("cancel: the outcome is told", answer.headers().firstValue("Gateway-Outcome").orElse(""), "cancelled");
        expect("cancel: the track id comes back", answer.headers().firstValue("Zuora-Track-Id").orElse(""), name + "-1");
        expect("cancel: the body is Zuora's", text(answer).contains("\"status\":\"cancelled\""), true);

        expect("get: the job is cancelled", text(send(request(job))).contains("\"status\":\"cancelled\""), true);

        HttpRequest.Builder post = request("/v1/batch-query").header("Content-Type", "application/json");
        answer = send(post.POST(BodyPublishers.ofString(submission(0))));
        expect("post: a job is submitted", answer.statusCode() == 200 && text(answer).contains("\"id\""), true);
        // A publisher that does not know its length: chunks.
        byte[] large = submission(300_000).getBytes(StandardCharsets.UTF_8);
        answer = send(post.POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large))));
        expect("post: so is one that comes in chunks", answer.statusCode() == 200 && text(answer).contains("\"id\""), true);
        answer = send(post.expectContinue(true).POST(BodyPublishers.ofByteArray(large)));
        expect("post: so is one that waits for 100 Continue", answer.statusCode() == 200 && text(answer).contains("\"id\""), true);

        answer = send(request("/v1/files/file-1MiB").header("Accept-Encoding", "gzip"));
        expect("gzip: the answer is compressed", answer.headers().firstValue("Content-Encoding").orElse(""), "gzip");
        expect("gzip: and complete", check(new GZIPInputStream(new ByteArrayInputStream(answer.body())).readAllBytes()), wanted);
        answer = send(request("/v1/files/file-1MiB"));
        expect("plain: the answer is not compressed", answer.headers().firstValue("Content-Encoding").isPresent(), false);
        expect("plain: and complete", check(answer.body()), wanted);

        answer = send(request("/v1/nothing"));
        expect("problem: the gateway's own answer is read", answer.statusCode(), 404);
        System.exit(failures == 0 ? 0 : 1);
    }
}
