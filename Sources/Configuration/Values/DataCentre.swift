/// Zuora's data centres by the names that `environment` takes (Zuora's "Introduction to the v1 API", base URLs).
enum DataCentre: String, CaseIterable {
    case us1, us2, eu, ap
    case us1Sandbox = "us1-sandbox"
    case us2Sandbox = "us2-sandbox"
    case euSandbox = "eu-sandbox"
    case usTest = "us-test"
    case euTest = "eu-test"
    case apTest = "ap-test"

    var url: String {
        switch self {
        case .us1: "https://rest.na.zuora.com"
        case .us2: "https://rest.zuora.com"
        case .eu: "https://rest.eu.zuora.com"
        case .ap: "https://rest.ap.zuora.com"
        case .us1Sandbox: "https://rest.sandbox.na.zuora.com"
        case .us2Sandbox: "https://rest.apisandbox.zuora.com"
        case .euSandbox: "https://rest.sandbox.eu.zuora.com"
        case .usTest: "https://rest.test.zuora.com"
        case .euTest: "https://rest.test.eu.zuora.com"
        case .apTest: "https://rest.test.ap.zuora.com"
        }
    }

    var meaning: String {
        switch self {
        case .us1: "US Cloud 1, production"
        case .us2: "US Cloud 2, production"
        case .eu: "EU, production"
        case .ap: "APAC, production"
        case .us1Sandbox: "US Cloud 1, API sandbox"
        case .us2Sandbox: "US Cloud 2, API sandbox"
        case .euSandbox: "EU, API sandbox"
        case .usTest: "US, developer and central sandbox"
        case .euTest: "EU, developer and central sandbox"
        case .apTest: "APAC, developer and central sandbox"
        }
    }
}
