import ArgumentParser
import Gateway
import Network

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the versions of the gateway, libcurl, OpenSSL and zlib.",
        discussion: """
            They are those of the libraries that are loaded now.

            Example:     zuora-gateway version
            """)

    func run() {
        let versions = CurlLibrary.versions
        print("zuora-gateway \(Version.current)")
        print("libcurl \(versions.curl)")
        print("TLS \(versions.tls)")
        print("zlib \(versions.zlib)")
    }
}
