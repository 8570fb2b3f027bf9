import Configuration

/// A first config for somebody's data, with comments, that trains.
package struct StarterConfiguration {
  /// JSON with comments.
  package var text: String
}
