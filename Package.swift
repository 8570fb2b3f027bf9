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
  // `make sanitize`: buffers end at pages that nobody may touch.
  if Context.environment["ISOTHERM_GUARD_PAGES"] != nil { settings.append(.define("ISOTHERM_GUARD_PAGES")) }
  return settings
}()

/// SwiftNIO is a third of a first build, and only `--live` wants it: without the trait it is neither fetched nor built.
let http = ["NIOCore", "NIOPosix", "NIOHTTP1"].map {
  Target.Dependency.product(name: $0, package: "swift-nio", condition: .when(traits: ["LiveView"]))
}
/// Channels in memory, for requests that no socket brings.
let channelsInMemory = Target.Dependency.product(
  name: "NIOEmbedded", package: "swift-nio", condition: .when(traits: ["LiveView"]))
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

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
  // What a build can leave out. A program that depends on the library writes `traits: []` beside the package's address.
  traits: [
    .trait(name: "LiveView", description: "Serves the report of a run that goes on, with SwiftNIO (`--live`)."),
    .default(enabledTraits: ["LiveView"]),
  ],
  // Held to a minor version: a build of tomorrow has what was tested here, and still gets corrections.
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", .upToNextMinor(from: "1.8.2")),
    .package(url: "https://github.com/apple/swift-nio", .upToNextMinor(from: "2.101.2")),
    .package(url: "https://github.com/apple/swift-protobuf", .upToNextMinor(from: "1.39.0")),
    .package(url: "https://github.com/apple/swift-log", .upToNextMinor(from: "1.16.2")),
  ],
  targets: [
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CTurboJPEG", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CPNG", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CWebP", providers: [.apt(["libwebp-dev"])]),
    .systemLibrary(name: "CZip", providers: [.apt(["libzip-dev"])]),
    .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CHwloc", providers: [.apt(["libhwloc-dev"])]),
    .target(name: "CKernels"),
    .target(name: "Kernels", dependencies: ["COpenBLAS", "CKernels"], swiftSettings: house),
    .target(name: "JSON", swiftSettings: house),
    .target(name: "Keys", dependencies: ["JSON"], swiftSettings: house),
    .target(name: "Machine", dependencies: ["CHwloc"], swiftSettings: house),
    .target(name: "Calendars", dependencies: ["Keys"], swiftSettings: house),
    .target(name: "Statistics", dependencies: ["Kernels"], swiftSettings: house),
    .target(name: "Pictures", dependencies: ["CKernels", "CTurboJPEG", "CPNG", "CWebP"], swiftSettings: house),
    .target(
      name: "Datasets", dependencies: ["JSON", "Kernels", "Keys", "Calendars", "Pictures", "CZlib", "CZip"],
      resources: [.copy("Resources/digits.csv.gz"), .copy("Resources/DIGITS-LICENSE.txt")], swiftSettings: house),
    .target(name: "Inspection", dependencies: ["Kernels", "Pictures", "Datasets"], swiftSettings: house),
    .target(name: "Tracing", dependencies: ["Kernels"], swiftSettings: house),
    .target(name: "Models", dependencies: ["Kernels", "Keys", "Tracing"], swiftSettings: house),
    .target(name: "Optimizers", dependencies: ["Kernels", "Keys", "Calendars"], swiftSettings: house),
    .target(
      name: "Configuration", dependencies: ["Kernels", "Keys", "Calendars", "Datasets", "Models", "Optimizers"],
      swiftSettings: house),
    .target(
      name: "Starter", dependencies: ["JSON", "Keys", "Datasets", "Inspection", "Configuration"],
      swiftSettings: house),
    .target(name: "Workers", dependencies: ["Machine", "Tracing"], swiftSettings: house),
    .target(
      name: "Gradients",
      dependencies: ["Kernels", "Calendars", "Statistics", "Datasets", "Models", "Workers", "Tracing"],
      swiftSettings: house),
    // MPI is found when a launcher has started the program: no header and no library of it is needed here.
    .target(name: "CMPI", exclude: ["family.inc"]),
    .target(name: "MPICollective", dependencies: ["CMPI", "Kernels", "Gradients"], swiftSettings: house),
    .target(name: "Checkpoints", dependencies: ["Kernels", "CCrypto"], swiftSettings: house),
    .target(name: "Records", swiftSettings: house),
    .target(
      name: "Fetching", dependencies: ["Datasets", "Checkpoints", "CCurl", "CZip", "CZlib"], swiftSettings: house),
    .target(
      name: "Coordinator",
      dependencies: [
        "JSON", "Kernels", "Machine", "Calendars", "Statistics", "Datasets", "Models", "Optimizers", "Configuration",
        "Workers", "Gradients", "Checkpoints", "Records", "Tracing",
      ], swiftSettings: house),
    .target(
      name: "Launching", dependencies: ["Checkpoints", "Records", "Coordinator"], swiftSettings: house),
    .target(
      name: "Protobufs", dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["onnx.proto", "tensorboard.proto"], swiftSettings: house),
    .target(
      name: "Exporters",
      dependencies: [
        "JSON", "Kernels", "Datasets", "Models", "Configuration", "Checkpoints", "Records", "Coordinator", "Protobufs",
        "CZip",
      ], swiftSettings: house),
    .target(name: "Charts", swiftSettings: house),
    .target(
      name: "Studies",
      dependencies: [
        "JSON", "Kernels", "Machine", "Calendars", "Statistics", "Datasets", "Models", "Optimizers", "Configuration",
        "Workers", "Gradients", "Checkpoints", "Records", "Coordinator", "Charts",
      ], swiftSettings: house),
    .target(
      name: "Replays",
      dependencies: [
        "Kernels", "Keys", "Calendars", "Datasets", "Models", "Optimizers", "Configuration",
        "Gradients", "Checkpoints", "Records", "Coordinator",
      ], swiftSettings: house),
    .target(name: "Reports", dependencies: ["JSON", "Records", "Statistics", "Charts"], swiftSettings: house),
    .target(name: "LiveView", dependencies: ["Reports"] + http, swiftSettings: house),
    .target(
      name: "Observers",
      dependencies: [
        "JSON", "Kernels", "Gradients", "Calendars", "Statistics", "Configuration", "Checkpoints", "Records",
        "Coordinator", "Charts", "Reports", "Protobufs", "Tracing", logging,
      ], swiftSettings: house),
    .target(
      name: "Library",
      dependencies: [
        "Kernels", "Datasets", "Models", "Configuration", "Workers", "Checkpoints", "Records", "Coordinator",
        "Observers", "Exporters", logging,
      ], swiftSettings: house),
    .target(
      name: "Isotherm",
      dependencies: [
        "JSON", "Kernels", "Keys", "Machine", "Calendars", "Statistics", "Datasets", "Models", "Optimizers",
        "Configuration",
        "Workers", "Gradients", "Checkpoints", "Records", "Coordinator", "Studies", "Charts", "Reports", "Observers",
        "Exporters", "Library",
      ], swiftSettings: house),
    .executableTarget(
      name: "IsothermCLI",
      dependencies: [
        "JSON", "Kernels", "Keys", "Machine", "Calendars", "Pictures", "Datasets", "Inspection", "Models", "Optimizers",
        "Configuration", "Starter", "Checkpoints", "Fetching", "Records", "Coordinator", "Replays", "Exporters",
        "Studies", "Charts", "Reports", "Gradients", "MPICollective", "Launching",
        "Observers", .target(name: "LiveView", condition: .when(traits: ["LiveView"])), argumentParser,
      ], swiftSettings: house),

    // What Isotherm is made of, timed: `make bench`. No product, so that nobody who uses the library builds it.
    .target(name: "CPeak", path: "Benchmarks/CPeak"),
    .executableTarget(
      name: "KernelBenchmarks",
      dependencies: ["CPeak", "Kernels", "Datasets", "Models", "Configuration", "Gradients"],
      path: "Benchmarks/KernelBenchmarks", swiftSettings: house),

    // Samples a second from files to a network's input, beside torchvision's loader.
    .executableTarget(
      name: "LoaderBenchmark",
      dependencies: ["Kernels", "Keys", "Calendars", "Datasets", "Configuration", "Workers", "Coordinator"],
      path: "Benchmarks/LoaderBenchmark", exclude: ["torchvision_loader.py"], swiftSettings: house),

    // Readers on altered inputs: `make fuzz`, and the corpus in `make test`.
    .target(
      name: "Fuzzing",
      dependencies: [
        "JSON", "Kernels", "Keys", "Pictures", "Datasets", "Configuration", "Checkpoints", "Fetching", "Records",
        "Reports", "Coordinator", "Observers", "Replays",
        .target(name: "LiveView", condition: .when(traits: ["LiveView"])), http[0], channelsInMemory,
      ], path: "Tests/Fuzzing", swiftSettings: house),
    .executableTarget(name: "Fuzz", dependencies: ["Fuzzing"], path: "Tests/Fuzz", swiftSettings: house),
    .testTarget(name: "FuzzingTests", dependencies: ["Fuzzing"], swiftSettings: house),

    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
    .target(
      name: "TestSupport", dependencies: ["CAllocationCounter", "Kernels"], path: "Tests/TestSupport",
      swiftSettings: house),
    .target(
      name: "CKernelDigests", dependencies: ["CKernels"], path: "Tests/CKernelDigests",
      exclude: ["main.c", "expected.txt"]),
    tests("Kernels", "CKernelDigests"),
    .testTarget(name: "ConvolutionTests", dependencies: ["Kernels", "TestSupport"], swiftSettings: house),
    tests("Machine", "Workers", resources: [.copy("Servers")]),
    tests("Statistics", "Kernels", resources: [.copy("Golden")]),
    tests("Pictures", resources: [.copy("Fixtures")]),
    tests("Inspection", "Kernels", "Pictures", "Datasets"),
    tests("Fetching", "Datasets", "Checkpoints", resources: [.copy("Server")]),
    tests("Charts"),
    tests("Datasets", "Kernels", "Keys", "Calendars", "Pictures", "CZlib", resources: [.copy("Arrays")]),
    tests(
      "Models", "Kernels", "Keys", "Calendars", "Datasets", "Gradients",
      resources: [.copy("Names"), .copy("Golden"), .copy("ResNets"), .copy("Whitening")]),
    tests("Optimizers", "Kernels", "Keys", "Calendars", resources: [.copy("Golden")]),
    tests("Configuration", "Kernels", "Keys", "Calendars", "Datasets", "Models", "Optimizers"),
    tests("Starter", "Kernels", "Keys", "Datasets", "Optimizers", "Configuration"),
    tests("Workers", "Kernels", "Machine", "Tracing"),
    tests("Tracing", "Kernels"),
    tests(
      "Exporters", "JSON", "Kernels", "Keys", "Datasets", "Models", "Configuration", "Checkpoints", "Records",
      "Coordinator", resources: [.copy("Python")]),
    tests("Gradients", "Kernels", "Models", "Workers"),
    tests("MPICollective"),
    tests("Launching", "Coordinator"),
    tests("Checkpoints", "Kernels", resources: [.copy("Fixtures")]),
    tests(
      "Coordinator", "JSON", "Kernels", "Keys", "Machine", "Calendars", "Statistics", "Datasets", "Models",
      "Optimizers",
      "Configuration", "Workers", "Gradients", "Checkpoints", "Records", "Observers",
      resources: [.copy("Golden")]),
    tests("JSON"),
    tests("Records", "JSON", resources: [.copy("Golden")]),
    tests(
      "Studies", "JSON", "Kernels", "Keys", "Machine", "Calendars", "Statistics", "Datasets", "Models", "Optimizers",
      "Configuration",
      "Gradients", "Records", "Coordinator"),
    tests(
      "Replays", "JSON", "Kernels", "Keys", "Calendars", "Datasets", "Models", "Configuration", "Gradients",
      "Checkpoints", "Records", "Coordinator", "Observers"),
    tests("Reports", "JSON", "Records", "Charts", "Checkpoints"),
    .testTarget(
      name: "LiveViewTests", dependencies: ["LiveView", "Records", "Reports", "TestSupport"] + http.dropLast(),
      swiftSettings: house),
    tests(
      "Observers", "JSON", "Gradients", "Kernels", "Calendars", "Datasets", "Models", "Optimizers", "Configuration",
      "Records", "Coordinator", "Charts", "Reports", "Protobufs", "Tracing", "Statistics", logging,
      resources: [.copy("Python")]),
    tests(
      "Library", "Kernels", "Calendars", "Datasets", "Models", "Configuration", "Checkpoints", "Records", "Coordinator",
      "Exporters", logging),
    .testTarget(
      name: "CommandTests", dependencies: ["IsothermCLI", "Kernels", "Pictures", "TestSupport", argumentParser],
      exclude: ["Python"], swiftSettings: house),
  ],
  cLanguageStandard: .c17
)

// `make sanitize` and `make mutate` need a few tests: with ISOTHERM_TESTS=WorkersTests,GradientsTests the package is
// those and what they depend on, in the order of the list above.
if let names = Context.environment["ISOTHERM_TESTS"] {
  var wanted = Set(names.split(separator: ",").map(String.init))
  // A target stands before those that depend on it, except for the libraries of other packages.
  for target in package.targets.reversed() where wanted.contains(target.name) {
    for dependency in target.dependencies {
      switch dependency {
      case .targetItem(let name, _), .byNameItem(let name, _): wanted.insert(name)
      default: break
      }
    }
  }
  package.targets.removeAll { !wanted.contains($0.name) }
  package.products.removeAll { product in
    switch product {
    case let product as Product.Executable: !product.targets.allSatisfy(wanted.contains)
    case let product as Product.Library: !product.targets.allSatisfy(wanted.contains)
    default: false
    }
  }
}
