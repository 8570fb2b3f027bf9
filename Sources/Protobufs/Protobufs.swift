import SwiftProtobuf

/// The version of swift-protobuf's generator that the messages of this room fit.
typealias Generated = ProtobufAPIVersion_2
