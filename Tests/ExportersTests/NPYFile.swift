import Exporters
import Foundation
import Kernels

/// Arrays for Python.
enum NPYFile {
  static func write(_ numbers: [Double], _ shape: [Int], to path: String, isDouble: Bool = true) throws {
    let bytes =
      isDouble
      ? NPYArray.header("<f8", shape: shape) + Buffer(numbers).view.byteArray()
      : NPYArray.header("<f4", shape: shape) + Buffer(numbers.map { Float($0) }).view.byteArray()
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }
}
