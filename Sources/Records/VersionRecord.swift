/// What a build of Isotherm is made of, and what of it this machine runs: `isotherm --version --json`.
package struct VersionRecord: Codable, Sendable, Equatable {
  /// ``IsothermVersion``.
  package var version: String
  package var kernels: Kernels
  package var libraries: Libraries
  /// Optional parts by name, such as `liveView`: whether the build has them.
  package var parts: [String: Bool]
  /// Where this installation's own files are.
  package var files: Files?
  /// Version of Swift's standard library.
  package var swift: String
  package var platform: Platform

  /// Families of the vector kernels, by the names that `ISOTHERM_KERNELS` takes.
  package struct Kernels: Codable, Sendable, Equatable {
    /// The one that this process uses.
    package var active: String
    /// Those that this build and this CPU can run, worst first.
    package var available: [String]
    /// Those that the program was built with, worst first.
    package var built: [String]

    package init(active: String, available: [String], built: [String]) {
      self.active = active
      self.available = available
      self.built = built
    }
  }

  /// The system's libraries, as they are loaded.
  package struct Libraries: Codable, Sendable, Equatable {
    package var openBLAS: OpenBLAS
    package var zlib: String
    package var libcrypto: String
    /// The libraries that read pictures and archives and fetch data; `nil` where one does not tell its version.
    package var turboJPEG: String?
    package var png: String?
    package var webp: String?
    package var zip: String?
    package var curl: String?

    package init(openBLAS: OpenBLAS, zlib: String, libcrypto: String) {
      self.openBLAS = openBLAS
      self.zlib = zlib
      self.libcrypto = libcrypto
    }
  }

  package struct OpenBLAS: Codable, Sendable, Equatable {
    package var version: String
    /// The library's own words: version and build options.
    package var build: String
    /// The CPU that it chose its kernels for.
    package var core: String

    package init(version: String, build: String, core: String) {
      self.version = version
      self.build = build
      self.core = core
    }
  }

  /// Paths; `nil` where there is none.
  package struct Files: Codable, Sendable, Equatable {
    /// The digits that "dataset": "digits" reads.
    package var digits: String?
    /// The schema of configs, for editors.
    package var schema: String?

    package init(digits: String?, schema: String?) {
      self.digits = digits
      self.schema = schema
    }
  }

  /// What the build is for, and what it runs on.
  package struct Platform: Codable, Sendable, Equatable {
    /// Such as `x86_64`.
    package var architecture: String
    /// Name and version.
    package var operatingSystem: String

    package init(architecture: String, operatingSystem: String) {
      self.architecture = architecture
      self.operatingSystem = operatingSystem
    }
  }

  package init(
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
