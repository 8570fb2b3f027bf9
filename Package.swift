// swift-tools-version: 6.2
import PackageDescription

/// Every room of the house, in the order in which data flows through it. A room may use the rooms
/// that it names and no other: the compiler refuses an arrow that runs backwards.
let house: [SwiftSetting] = {
  var settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
  ]
  // A newer compiler's new warnings must not stop a user's build, so only the project's own checks ask for this.
  if Context.environment["ISOTHERM_WARNINGS_AS_ERRORS"] != nil {
    settings.append(.treatAllWarnings(as: .error))
  }
  return settings
}()

let http = ["NIOCore", "NIOPosix", "NIOHTTP1"].map { Target.Dependency.product(name: $0, package: "swift-nio") }
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// The tests of a room.
func tests(_ room: String, _ others: Target.Dependency..., resources: [Resource] = []) -> Target {
  .testTarget(
    name: room + "Tests", dependencies: [.target(name: room), "TestSupport"] + others, resources: resources,
    swiftSettings: house)
}

let package = Package(
  name: "isotherm",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "isotherm", targets: ["IsothermCLI"]),
    .library(name: "Isotherm", targets: ["Isotherm"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
  ],
  targets: [
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "CKernels"),
    .target(name: "Kernels", dependencies: ["COpenBLAS", "CKernels"], swiftSettings: house),
    .target(name: "JSON", swiftSettings: house),
    .target(name: "Keys", dependencies: ["JSON"], swiftSettings: house),
    .target(name: "Machine", swiftSettings: house),
    .target(name: "Calendars", dependencies: ["Keys"], swiftSettings: house),
    .target(name: "Statistics", dependencies: ["Kernels"], swiftSettings: house),
    .target(
      name: "Datasets", dependencies: ["Kernels", "Keys", "Calendars", "CZlib"],
      resources: [.copy("Resources/digits.csv.gz"), .copy("Resources/DIGITS-LICENSE.txt")], swiftSettings: house),
    .target(name: "Models", dependencies: ["Kernels", "Keys"], swiftSettings: house),
    .target(name: "Optimizers", dependencies: ["Kernels", "Keys", "Calendars"], swiftSettings: house),
    .target(
      name: "Configuration", dependencies: ["Keys", "Calendars", "Datasets", "Models", "Optimizers"],
      swiftSettings: house),
    .target(name: "Workers", dependencies: ["Machine"], swiftSettings: house),
    .target(
      name: "Gradients", dependencies: ["Kernels", "Calendars", "Statistics", "Datasets", "Models", "Workers"],
      swiftSettings: house),
    .target(name: "Checkpoints", dependencies: ["Kernels", "CCrypto"], swiftSettings: house),
    .target(name: "Records", swiftSettings: house),
    .target(
      name: "Coordinator",
      dependencies: [
        "Kernels", "JSON", "Keys", "Machine", "Calendars", "Statistics", "Datasets", "Models", "Optimizers",
        "Configuration", "Workers", "Gradients", "Checkpoints", "Records",
      ], swiftSettings: house),
    .target(
      name: "Studies",
      dependencies: [
        "Kernels", "JSON", "Keys", "Machine", "Calendars", "Statistics", "Datasets", "Models", "Optimizers",
        "Configuration", "Workers", "Gradients", "Checkpoints", "Records", "Coordinator", "Charts",
      ], swiftSettings: house),
    .target(name: "Charts", swiftSettings: house),
    .target(name: "Reports", dependencies: ["JSON", "Records", "Charts"], swiftSettings: house),
    .target(name: "LiveView", dependencies: ["JSON", "Records", "Reports"] + http, swiftSettings: house),
    .target(
      name: "Observers",
      dependencies: [
        "Calendars", "Statistics", "Configuration", "Gradients", "Checkpoints", "JSON", "Records", "Coordinator",
        "Charts",
        "Reports", "LiveView",
      ],
      swiftSettings: house),
    .executableTarget(
      name: "IsothermCLI", dependencies: ["Isotherm", argumentParser], swiftSettings: house),
    .target(
      name: "Isotherm",
      dependencies: [
        "Kernels", "JSON", "Keys", "Machine", "Calendars", "Statistics", "Datasets", "Models", "Optimizers",
        "Configuration", "Workers", "Gradients", "Checkpoints", "Records", "Coordinator", "Studies", "Charts",
        "Reports", "LiveView", "Observers",
      ], swiftSettings: house),

    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
    .target(
      name: "TestSupport", dependencies: ["CAllocationCounter", "Kernels"], path: "Tests/TestSupport",
      swiftSettings: house),
    tests("Kernels"),
    .testTarget(name: "ConvolutionTests", dependencies: ["Kernels", "TestSupport"], swiftSettings: house),
    tests("Machine"),
    tests("Statistics", "Kernels"),
    tests("Charts"),
    tests("Datasets", "Kernels", "Keys", "Calendars", "CZlib"),
    tests(
      "Models", "Kernels", "Keys", "Calendars", "Datasets", "Gradients",
      resources: [.copy("Names"), .copy("Golden")]),
    tests("Optimizers", "Kernels", "Keys", "Calendars", resources: [.copy("Golden")]),
    tests("Configuration", "Keys", "Calendars", "Datasets", "Models", "Optimizers"),
    tests("Workers", "Machine"),
    tests("Gradients", "Kernels", "Statistics", "Models", "Datasets", "Workers", "Calendars"),
    tests("Checkpoints", "Kernels", resources: [.copy("Fixtures")]),
    tests(
      "Coordinator", "Kernels", "Keys", "Machine", "Calendars", "Statistics", "Datasets", "Models", "Optimizers",
      "Configuration", "Workers", "Gradients", "Checkpoints", "JSON", "Records", "Observers",
      resources: [.copy("Golden")]),
    tests("JSON"),
    tests("Records", "JSON"),
    tests(
      "Studies", "Kernels", "JSON", "Keys", "Machine", "Calendars", "Statistics", "Datasets", "Models", "Optimizers",
      "Configuration", "Workers", "Gradients", "Records", "Coordinator"),
    tests("Reports", "JSON", "Records", "Charts"),
    .testTarget(
      name: "LiveViewTests", dependencies: ["LiveView", "JSON", "Records", "Reports", "TestSupport"] + http,
      swiftSettings: house),
    tests(
      "Observers", "Kernels", "Calendars", "Datasets", "Models", "Optimizers", "Configuration", "Checkpoints",
      "JSON", "Records", "Coordinator", "Charts", "Reports"),
    .testTarget(
      name: "CommandTests", dependencies: ["IsothermCLI", "Kernels", "TestSupport"], swiftSettings: house),
  ],
  cLanguageStandard: .c17
)
