/// What a build of Isotherm is made of, and what of it this machine runs: `isotherm --version --json`.
public struct VersionRecord: Codable, Sendable, Equatable {
  /// ``IsothermVersion``.
  public var version: String
  public var kernels: Kernels
  public var libraries: Libraries
  /// Optional parts by name, such as `liveView`: whether the build has them.
  public var parts: [String: Bool]
  /// Version of Swift's standard library.
  public var swift: String
  public var platform: Platform

  /// Families of the vector kernels, by the names that `ISOTHERM_KERNELS` takes.
  public struct Kernels: Codable, Sendable, Equatable {
    /// The one that this process uses.
    public var active: String
    /// Those that this build and this CPU can run, worst first.
    public var available: [String]

    public init(active: String, available: [String]) {
      self.active = active
      self.available = available
    }
  }

  /// The system's libraries, as they are loaded.
  public struct Libraries: Codable, Sendable, Equatable {
    public var openBLAS: OpenBLAS
    public var zlib: String
    public var libcrypto: String

    public init(openBLAS: OpenBLAS, zlib: String, libcrypto: String) {
      self.openBLAS = openBLAS
      self.zlib = zlib
      self.libcrypto = libcrypto
    }
  }

  public struct OpenBLAS: Codable, Sendable, Equatable {
    public var version: String
    /// The library's own words: version and build options.
    public var build: String
    /// The CPU that it chose its kernels for.
    public var core: String

    public init(version: String, build: String, core: String) {
      self.version = version
      self.build = build
      self.core = core
    }
  }

  /// What the build is for, and what it runs on.
  public struct Platform: Codable, Sendable, Equatable {
    /// Such as `x86_64`.
    public var architecture: String
    /// Name and version.
    public var operatingSystem: String

    public init(architecture: String, operatingSystem: String) {
      self.architecture = architecture
      self.operatingSystem = operatingSystem
    }
  }

  public init(
    version: String, kernels: Kernels, libraries: Libraries, parts: [String: Bool], swift: String, platform: Platform
  ) {
    self.version = version
    self.kernels = kernels
    self.libraries = libraries
    self.parts = parts
    self.swift = swift
    self.platform = platform
  }
}
