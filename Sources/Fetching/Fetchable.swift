/// A data set that can be fetched.
package struct Fetchable: Sendable {
  package let name: String
}
