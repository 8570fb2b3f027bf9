import JSON
import Keys

/// Height and width in pixels; in a config a list of both, or one number for a square.
package struct PictureSize: Codable, Equatable, Hashable, Sendable, CustomStringConvertible {
  package var height: Int
  package var width: Int

  /// Of a side.
  package static let mostPixels = Limit.side

  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  package var description: String { "\(height) × \(width)" }
}

extension Format<PictureSize> {
  /// One side of a square, or [height, width].
  static var pictureSize: Format {
    let side: JSONValue = ["type": "integer", "minimum": 1, "maximum": .integer(Limit.side)]
    return Format(
      allowed: "a number of pixels, or [height, width], each from 1 to \(Limit.side)",
      placeholder: PictureSize(height: 1, width: 1),
      schema: ["anyOf": [side, ["type": "array", "items": side, "minItems": 2, "maxItems": 2]]],
      write: { $0.height == $0.width ? .integer($0.height) : [.integer($0.height), .integer($0.width)] },
      parse: { json in
        let elements: [JSONValue] = if case .array(let elements) = json { elements } else { [json, json] }
        let sides = elements.compactMap(\.wholeNumber).filter { (1...Limit.side).contains($0) }
        return elements.count == 2 && sides.count == 2 ? PictureSize(height: sides[0], width: sides[1]) : nil
      })
  }
}
