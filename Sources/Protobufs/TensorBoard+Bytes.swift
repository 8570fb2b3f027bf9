import Foundation
import SwiftProtobuf

extension TensorBoardEvent {
  /// The bytes of the event, without the frame that a file puts round them.
  package func bytes() throws -> Data { try serializedBytes() }

  /// Reads an event; fields that this program does not write are left aside.
  package init(bytes: Data) throws { try self.init(serializedBytes: bytes) }
}

extension TensorBoardHyperparameterData {
  /// What a summary's metadata keep of it.
  package func bytes() throws -> Data { try serializedBytes() }
}

/// What the hparams plugin takes for the value of a hyper-parameter.
package enum TensorBoardHyperparameter: Sendable, Equatable {
  case number(Double)
  case flag(Bool)
  case text(String)

  fileprivate var message: Google_Protobuf_Value {
    switch self {
    case .number(let number): Google_Protobuf_Value(numberValue: number)
    case .flag(let flag): Google_Protobuf_Value(boolValue: flag)
    case .text(let text): Google_Protobuf_Value(stringValue: text)
    }
  }
}

extension TensorBoardSessionStartInfo {
  /// Hyper-parameters and the time of the start, in seconds since 1970.
  package init(_ hyperparameters: [(name: String, value: TensorBoardHyperparameter)], seconds: Double) {
    self.init()
    for (name, value) in hyperparameters { hparams[name] = value.message }
    startTimeSecs = seconds
  }
}
