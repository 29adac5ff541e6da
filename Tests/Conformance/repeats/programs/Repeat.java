import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

/** GET /first, then METHOD /second: Repeat BASE METHOD. */
public class Repeat {
    public static void main(String[] arguments) throws Exception {
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        client.send(HttpRequest.newBuilder(URI.create(arguments[0] + "/first")).build(), BodyHandlers.ofString());
        Thread.sleep(100);
        var content = arguments[1].equals("POST") ? BodyPublishers.ofString("x") : BodyPublishers.noBody();
        client.send(
            HttpRequest.newBuilder(URI.create(arguments[0] + "/second")).method(arguments[1], content).build(), BodyHandlers.ofString());
    }
}
