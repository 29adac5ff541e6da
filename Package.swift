// swift-tools-version:6.2
import PackageDescription

/// In CI and in `make check` a warning is an error; a user's newer compiler may warn of what this one does not know.
let warnings: [SwiftSetting] = Context.environment["WARNINGS_AS_ERRORS"] == nil ? [] : [.treatAllWarnings(as: .error)]

/// The commit that is built, for `version` and metrics: scripts/build.sh sets it.
let revision: [CSetting] = Context.environment["ZG_REVISION"].map { [.define("ZG_REVISION", to: "\"\($0)\"")] } ?? []

/// Every module speaks Swift 6: data races are compile errors, and each unsafe expression is marked `unsafe`.
let strict: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .strictMemorySafety(),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableExperimentalFeature("Lifetimes"),
    ] + warnings

let strictTests: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableUpcomingFeature("ExistentialAny"),
    ] + warnings

/// - Parameter testing: what only the module's tests need.
func module(_ name: String, _ dependencies: [Target.Dependency] = [], testing: [Target.Dependency] = []) -> [Target] {
    [
        .target(name: name, dependencies: dependencies, swiftSettings: strict),
        .testTarget(
            name: name + "Tests",
            dependencies: [.byName(name: name)] + dependencies + testing,
            swiftSettings: strictTests),
    ]
}

let package = Package(
    name: "zuora-gateway",
    products: [
        .executable(name: "zuora-gateway", targets: ["zuora-gateway"]),
        .executable(name: "zuora-sandbox", targets: ["zuora-sandbox"]),
    ],
    // Exact: what is built is what was tested. docs/dependencies.md says what each is for.
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    ],
    targets: [
        // C shims: only what Swift cannot call itself (variadic functions, macros).
        .target(name: "CLinux", cSettings: revision),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl"), .linkedLibrary("ssl")]),
        .target(name: "CZlib", linkerSettings: [.linkedLibrary("z"), .linkedLibrary("deflate")]),
        .target(name: "COpenSSL", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .executableTarget(
            name: "zuora-gateway",
            dependencies: [
                "CommandSupport", "Gateway", "Configuration", "Network", "Policy", "Wire", "CLinux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "zuora-sandbox",
            dependencies: [
                "CommandSupport", "ZuoraSandbox", "Network", "Wire", "CLinux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        // What the command lines of both programs share.
        .target(
            name: "CommandSupport", dependencies: ["Wire", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: strict),
        // Shows other parsers what Wire and the reader of proxy.conf make of given bytes (Tests/Conformance); no part of the product.
        .executableTarget(name: "wire-probe", dependencies: ["Wire", "Configuration"], swiftSettings: strict),
        // The fleet's store as a model, many members in virtual time, and a program that holds both against real servers
        // (Tests/Conformance/fleet); no part of the product.
        .target(name: "FleetModel", dependencies: ["Policy", "Wire"], path: "Tests/FleetModel", swiftSettings: strictTests),
        .executableTarget(
            name: "fleet-probe", dependencies: ["FleetModel", "TestSupport", "Policy", "Wire"], path: "Tests/FleetProbe",
            swiftSettings: strictTests),
        // What tests in more than one folder need; no part of the product.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strictTests),
        .testTarget(
            name: "UpstreamTests", dependencies: ["Network", "Policy", "Wire", "CLinux", "TestSupport"],
            swiftSettings: strictTests),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "TestSupport", "zuora-gateway", "zuora-sandbox", "ZuoraSandbox", "Wire",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            swiftSettings: strictTests),
    ]
        // Pure modules: no I/O, tested without a socket. Dependencies go down only.
        + module("Wire", ["CLinux", "CZlib"], testing: ["TestSupport"])
        + module("Policy", ["Wire", "COpenSSL", "CLinux"], testing: ["FleetModel", "TestSupport"])
        + module("Configuration", ["Policy", "Wire"], testing: ["TestSupport"])
        // I/O.
        + module(
            "Network",
            [
                "Policy", "Wire", "CCurl", "CLinux", "COpenSSL", .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ], testing: ["TestSupport"])
        + module("ZuoraSandbox", ["Network", "Wire", "CLinux"], testing: ["Policy", "TestSupport"])
        + module(
            "Gateway",
            [
                "Configuration", "Network", "Policy", "Wire", "CLinux",
                .product(name: "Logging", package: "swift-log"),
            ], testing: ["TestSupport"])
)
