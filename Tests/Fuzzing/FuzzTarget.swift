import Foundation

/// A reader that is tried on altered inputs: whatever the bytes are, it ends with a value or throws an error.
package struct FuzzTarget: Sendable {
  /// Names its folder in Tests/Corpus.
  package let name: String
  /// Folders of seeds beside it, from the package's folder.
  package let otherSeeds: [String]
  /// Words of the format, which mutations put in.
  package let words: [String]
  /// Bytes of memory that an input may take, beside ``freeBytes``, for each of its own: what the format explains.
  package let bytesOfByte: Int
  /// Whether it reads whatever there is, and leaves out what it does not understand.
  package let refusesNothing: Bool
  /// Reads the input.
  package let read: @Sendable ([UInt8]) throws -> Void

  /// Memory that any input may take.
  package static let freeBytes = 128 << 20

  init(
    _ name: String, otherSeeds: [String] = [], words: [String] = [], bytesOfByte: Int = 1000,
    refusesNothing: Bool = false,
    _ read: @escaping @Sendable ([UInt8]) throws -> Void
  ) {
    self.name = name
    self.otherSeeds = otherSeeds
    self.words = words
    self.bytesOfByte = bytesOfByte
    self.refusesNothing = refusesNothing
    self.read = read
  }

  /// The targets, in the order in which they run.
  package static let all: [FuzzTarget] = texts + records + runs + requests + arrays + files

  /// Whether the input was refused; a trap ends the program.
  package func refuses(_ input: [UInt8]) -> Bool {
    do {
      try read(input)
      return false
    } catch {
      return true
    }
  }

  /// The seeds: files of the corpus and of the other folders, at most 128 KiB each, by name.
  package var seeds: [(name: String, bytes: [UInt8])] { ownSeeds + seeds(in: otherSeeds) }

  /// Those of the target's own folder, whose names say whether they are refused.
  package var ownSeeds: [(name: String, bytes: [UInt8])] { seeds(in: ["Tests/Corpus/" + name]) }

  private func seeds(in folders: [String]) -> [(name: String, bytes: [UInt8])] {
    folders.flatMap { folder -> [(name: String, bytes: [UInt8])] in
      let folder = Self.packageFolder.appendingPathComponent(folder)
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      return names.sorted().compactMap { name in
        let bytes = (try? Data(contentsOf: folder.appendingPathComponent(name))).map { Array($0) }
        guard let bytes, bytes.count <= 1 << 17, !name.hasSuffix(".py") else { return nil }
        return (name, bytes)
      }
    }
  }

  /// The seeds that are altered: one that takes half a second to be refused would leave no time for others.
  package var mutableSeeds: [[UInt8]] { seeds.filter { !$0.name.contains("bomb") }.map(\.bytes) }

  /// The folder of Package.swift.
  package static let packageFolder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
