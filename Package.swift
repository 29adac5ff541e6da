// swift-tools-version:6.2
import PackageDescription

/// In CI and in `make check` a warning is an error; a user's newer compiler may warn of what this one does not know.
let warnings: [SwiftSetting] = Context.environment["WARNINGS_AS_ERRORS"] == nil ? [] : [.treatAllWarnings(as: .error)]

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
    products: [.executable(name: "zuora-gateway", targets: ["zuora-gateway"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    ],
    targets: [
        // C shims: only what Swift cannot call itself (variadic functions, macros).
        .target(name: "CLinux"),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl"), .linkedLibrary("ssl")]),
        .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
        .target(name: "COpenSSL", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .executableTarget(
            name: "zuora-gateway",
            dependencies: [
                "Gateway", "GatewayConfig", "GatewayCore", "ZuoraSandbox", "Telemetry", "Timekeeping",
                "CCurl", "CZlib", "COpenSSL", "CLinux", "EventLoop", "JSONText", "HTTPServer", "HTTPWire", "CurlClient",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        // Shows other parsers what HTTPWire makes of given bytes (Tests/Conformance); no part of the product.
        .executableTarget(name: "wire-probe", dependencies: ["HTTPWire"], swiftSettings: strict),
        // What tests in more than one folder need; no part of the product.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strictTests),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "TestSupport", "zuora-gateway", "EventLoop", "HTTPWire", "ZuoraSandbox",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            swiftSettings: strictTests),
    ]
        // Pure modules: no I/O, tested without a socket.
        + module("Timekeeping", ["CLinux"])
        + module("HTTPWire")
        + module("JSONText")
        + module("Gzip", ["CZlib"])
        + module("GatewayCore", ["HTTPWire", "JSONText", "Timekeeping", "COpenSSL", "CLinux"])
        + module(
            "GatewayConfig",
            ["GatewayCore", "HTTPWire", "Timekeeping", .product(name: "TOMLKit", package: "TOMLKit")])
        // I/O.
        + module(
            "EventLoop",
            [
                "CLinux", "COpenSSL", "Timekeeping", .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ], testing: ["TestSupport"])
        + module("HTTPServer", ["EventLoop", "HTTPWire", "Timekeeping", "CLinux"], testing: ["TestSupport"])
        + module("CurlClient", ["EventLoop", "HTTPWire", "Timekeeping", "CCurl", "CLinux"], testing: ["TestSupport"])
        + module(
            "Telemetry",
            ["GatewayCore", "HTTPWire", "JSONText", "Timekeeping", "CLinux", .product(name: "Logging", package: "swift-log")])
        + module("ZuoraSandbox", ["EventLoop", "HTTPServer", "HTTPWire", "JSONText", "Gzip", "Timekeeping", "CLinux"])
        + module(
            "Gateway",
            [
                "EventLoop", "HTTPServer", "HTTPWire", "CurlClient", "Gzip", "GatewayCore", "GatewayConfig", "Telemetry",
                "Timekeeping", "JSONText", "CLinux",
                .product(name: "Logging", package: "swift-log"),
            ])
)
