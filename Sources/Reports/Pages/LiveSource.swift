import Foundation
import JSON
import Records
import Synchronization

/// What a live view shows. It is asked on the view's own thread, and only while somebody looks.
package protocol LiveSource: AnyObject {
  /// Takes in what is new.
  ///
  /// - Returns: whether the page is another than before.
  func renew() -> Bool

  /// The page of what was taken in last.
  ///
  /// - Parameter isOver: whether the work has ended.
  func page(isOver: Bool) -> ReportPage

  /// Where a file of records lies, by its name; `nil` if it lies nowhere, but may be made.
  func location(of name: String) -> URL?

  /// A file of records as it is now, by its name; `nil` if it is not there, or is none of these records.
  func file(_ name: String) -> Data?

  /// What monitoring systems may ask of the work, as it is now; none where nothing else is said.
  func metrics() -> [Metric]
}

extension LiveSource {
  package func location(of name: String) -> URL? { nil }
  package func metrics() -> [Metric] { [] }
}

/// A study that goes on: whoever runs it hands a record in whenever there is more to tell.
package final class RecordWatch<Record: StudyRecord>: LiveSource, Sendable {
  /// The newest record, and whether the page has been asked for since it came.
  private let state: Mutex<(record: Record, isNew: Bool)>
  private let makePage: @Sendable (Record) -> ReportPage
  private let gauge: StudyGauge?

  /// Shows a record as `page` makes its page: on the view's thread, and not before somebody looks.
  ///
  /// - Parameter gauge: how far the study is.
  package init(_ record: Record, gauge: StudyGauge? = nil, page: @escaping @Sendable (Record) -> ReportPage) {
    state = Mutex((record, true))
    self.gauge = gauge
    makePage = page
  }

  /// Takes a newer record in; safe on any thread, and never waits for a page.
  package func update(_ record: Record) { state.withLock { $0 = (record, true) } }

  package func renew() -> Bool {
    state.withLock { state in
      defer { state.isNew = false }
      return state.isNew
    }
  }

  package func metrics() -> [Metric] { gauge?.metrics ?? [] }

  package func page(isOver: Bool) -> ReportPage { makePage(state.withLock { $0.record }) }

  package func file(_ name: String) -> Data? {
    let record = state.withLock { $0.record }
    switch name {
    case StudyFileName.record: return Data(JSONText.pretty(StudyDocument(record)).utf8)
    case StudyFileName.table: return Data(record.table.text.utf8)
    default: return nil
    }
  }
}
