import NIOCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A live view that cannot start; the text says where it wanted to listen, what was found and what to do.
package struct LiveServerError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The address and port that were asked for.
  package let address: String
  /// What was found, and what to do.
  package let message: String

  init(address: String, _ error: any Error) {
    self.address = address
    message =
      switch (error as? IOError)?.errnoCode {
      case EADDRINUSE: "the port is in use; choose another, or 0 for any that is free"
      case EACCES: "the port is not for every user; choose one above 1023, or 0 for any that is free"
      case EADDRNOTAVAIL: "this machine has no such address; choose one of its own, or leave it out for 127.0.0.1"
      default: "\(error)"
      }
  }

  package var description: String { "--live: cannot listen on \(address): \(message)" }
}
