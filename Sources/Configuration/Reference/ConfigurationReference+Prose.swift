extension ConfigurationReference {
    static let introduction = """
        # Configuration

        <!-- Made from the schema in Sources/Configuration; the tests say how to make it again. -->

        zuora-gateway reads one file, `proxy.conf`, in [TOML](https://toml.io/en/v1.0.0). `zuora-gateway check` reads it as
        `run` would, and prints everything that is wrong, each with its line:

        ```
        proxy.conf:12: tenants.acme.entites: unknown key (did you mean "entities"?)
        ```

        A key that is not listed here is an error, at every level. The smallest file that works:

        ```toml
        [tenants.acme]
        environment = "us1"
        client_id = "1f0e3dad-9990-4345-b743-9f8b2a2b8a51"
        client_secret = { file = "/var/run/secrets/zuora/acme" }
        ```

        ## Values

        - A **duration** is a string with a unit: `"500ms"`, `"10s"`, `"1.5s"`, `"2m"`, `"1h"`.
        - A **size** is a string with a unit: `"512B"`, `"64KiB"`, `"16MiB"`, `"1GB"`. KiB, MiB and GiB count in 1024s, KB, MB
          and GB in 1000s.
        - A **percentage** is a string: `"20%"`.
        - A **path** that does not begin with `/` is taken from the directory of `proxy.conf`. That of a socket always begins
          with `/`.
        - A **name** of a tenant, caller, entity or route is 1 to 64 of `A-Z a-z 0-9 . _ -`.
        - An **array of** something may be written as the thing itself when it holds only one. Nothing may be in it twice.

        A **secret** is never in the file: it is `{ file = "…" }` or `{ env = "…" }`. A literal string is accepted only for a
        tenant whose upstream is loopback (127.0.0.0/8, ::1, `localhost`), and so is `http://`.
        """

    static let outcomesIntroduction = """
        ## `outcome_status`

        Zuora reports many failures of a cancel with status 200. The answer to a cancel says in `Gateway-Outcome` what
        happened. With `outcome_status = "strict"` the status says it as well; with `"relay"` it stays what Zuora sent.

        | outcome | status when strict |
        |---|---|
        """
}
