// swift-tools-version: 6.2
import PackageDescription

/// Times what Isotherm is made of; a package of its own, so that a user of the library never builds it.
let package = Package(
  name: "isotherm-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "isotherm", path: "..")],
  targets: [
    .target(name: "CPeak"),
    .executableTarget(
      name: "KernelBenchmarks", dependencies: ["CPeak", .product(name: "Isotherm", package: "isotherm")],
      swiftSettings: [
        .swiftLanguageMode(.v6), .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("ExistentialAny"),
      ]),
  ],
  cLanguageStandard: .c17
)
