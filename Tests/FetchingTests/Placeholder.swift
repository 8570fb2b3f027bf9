import Testing

@testable import Fetching

@Suite struct FetchingPlaceholder {}
