import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Elements of an XML text, or nil if it is not well-formed.
public final class XMLReader: NSObject, XMLParserDelegate {
  public private(set) var elements: [(name: String, attributes: [String: String])] = []
  public private(set) var text = ""

  public static func read(_ xml: String) -> XMLReader? {
    let reader = XMLReader()
    let parser = XMLParser(data: Data(xml.utf8))
    parser.delegate = reader
    return parser.parse() ? reader : nil
  }

  public func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    elements.append((name, attributes))
  }

  public func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  /// What the paths of a class draw.
  public func paths(_ words: String) -> [String] {
    elements.filter { $0.name == "path" && ($0.attributes["class"] ?? "").hasPrefix(words) }
      .compactMap { $0.attributes["d"] }
  }
}
