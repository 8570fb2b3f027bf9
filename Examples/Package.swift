// swift-tools-version: 6.2
import PackageDescription

/// A program that uses the library as anybody would: it sees the public surface alone.
let package = Package(
  name: "isotherm-examples",
  platforms: [.macOS(.v15)],
  dependencies: [
    // No traits: the library without the command's live view, and so without SwiftNIO.
    .package(name: "isotherm", path: "..", traits: []),
    // For a log of the program's own; the library brings it along anyway.
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
  ],
  targets: ["Digits", "Spirals"].map { name in
    .executableTarget(
      name: name,
      dependencies: [
        .product(name: "Isotherm", package: "isotherm"), .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
  }
)
