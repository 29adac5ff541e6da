import java.io.FileInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * java.net.http: submits a job, reads it and cancels it; with an argument, only cancels that job.
 *
 * <p>Set GATEWAY_URL, and GATEWAY_KEY if callers are configured; for mTLS GATEWAY_CA (PEM) and GATEWAY_PKCS12, with the
 * password "changeit". HttpClient has no Unix sockets.
 */
public class Cancel {
    private static final String URL = System.getenv().getOrDefault("GATEWAY_URL", "http://127.0.0.1:8080");
    private final HttpClient client;

    Cancel() throws Exception {
        // Idle connections are kept for 20 minutes by default, longer than the gateway does.
        System.setProperty("jdk.httpclient.keepalive.timeout", "30");
        HttpClient.Builder builder =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5));
        if (System.getenv("GATEWAY_CA") != null) builder.sslContext(mutualTLS());
        client = builder.build();
    }

    /** Trusts the gateway's authority, and presents the certificate in a PKCS #12 file. */
    private static SSLContext mutualTLS() throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (var file = new FileInputStream(System.getenv("GATEWAY_CA"))) {
            trusted.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        KeyStore own = KeyStore.getInstance("PKCS12");
        char[] password = "changeit".toCharArray();
        try (var file = new FileInputStream(System.getenv("GATEWAY_PKCS12"))) {
            own.load(file, password);
        }
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static HttpRequest.Builder request(String path) {
        // There is no time limit by default; the gateway itself may take 130 s.
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(URL + path)).timeout(Duration.ofSeconds(140));
        String key = System.getenv("GATEWAY_KEY");
        return key == null ? builder : builder.header("X-Gateway-Key", key);
    }

    private HttpResponse<String> send(HttpRequest request) throws Exception {
        return client.send(request, BodyHandlers.ofString());
    }

    /** A member of the job. Java has no parser for JSON: use the one that your service has. */
    private static String member(HttpResponse<String> response, String name) {
        String job = response.body().substring(response.body().lastIndexOf(']') + 1);
        Matcher matcher = Pattern.compile("\"" + name + "\" *: *\"([^\"]*)\"").matcher(job);
        if (response.statusCode() == 200 && matcher.find()) return matcher.group(1);
        throw new IllegalStateException(response.statusCode() + " " + response.body());
    }

    String submit() throws Exception {
        String job = "{\"name\":\"accounts\",\"format\":\"csv\","
            + "\"queries\":[{\"name\":\"accounts\",\"query\":\"select Id from Account\"}]}";
        HttpRequest.Builder request = request("/v1/batch-query").header("Content-Type", "application/json");
        return member(send(request.POST(BodyPublishers.ofString(job)).build()), "id");
    }

    String status(String job) throws Exception {
        return member(send(request("/v1/batch-query/jobs/" + job).build()), "status");
    }

    boolean cancel(String job) throws Exception {
        HttpRequest request =
            request("/v1/batch-query/jobs/" + job).DELETE().header("Zuora-Track-Id", "java-" + UUID.randomUUID()).build();
        HttpResponse<String> response;
        try {
            response = send(request);
        } catch (HttpTimeoutException error) {
            throw error;
        } catch (IOException error) {
            // The gateway closed the connection. HttpClient then repeats a GET by itself, but no DELETE;
            // -Djdk.httpclient.enableAllMethodRetry=true would also repeat a POST, and so submit a job twice.
            response = send(request);
        }
        String outcome = response.headers().firstValue("Gateway-Outcome").orElse("none");
        String track = response.headers().firstValue("Zuora-Track-Id").orElse("");
        System.out.println(response.statusCode() + " " + outcome + ", track id " + track);
        return Set.of("cancelled", "already-cancelled").contains(outcome);
    }

    public static void main(String[] arguments) throws Exception {
        Cancel gateway = new Cancel();
        String job = arguments.length > 0 ? arguments[0] : null;
        if (job == null) {
            job = gateway.submit();
            System.out.println("submitted " + job);
            System.out.println("read " + job + ": " + gateway.status(job));
        }
        System.exit(gateway.cancel(job) ? 0 : 1);
    }
}
