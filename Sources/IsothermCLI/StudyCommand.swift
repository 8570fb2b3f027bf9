import Records
import Datasets
import Configuration
import Reports
import Studies
import ArgumentParser
import Foundation

#if LiveView
  import LiveView
#endif

/// What a study's command works on.
struct StudyTask<Work: Study> {
  var study: Work
  var configuration: RunConfiguration
  var splits: DataSplits
  /// The study's directory: from the start for one that goes on, else as soon as there is something to leave there.
  var folder: StudyFolder?
}

/// The command of a study: loads, runs with progress, leaves a record, says what came out.
///
/// A study's own file declares its options and makes the study of them.
protocol StudyCommand: ParsableCommand {
  associatedtype Work: Study
  var output: OutputOptions { get }
  /// Where there is one, the page is served while the study goes on.
  var liveView: LiveOptions? { get }

  /// Loads config and data and makes the study.
  func prepare() throws -> StudyTask<Work>

  /// Runs the study, leaves its record and prints its result.
  func carryOut(_ task: inout StudyTask<Work>, _ monitor: StudyMonitor, _ server: LiveServer?) throws -> Work.Record

  /// Says what is left to say once the result is printed.
  ///
  /// - Returns: the exit code; `nil` where all is well.
  func conclude(_ record: Work.Record, _ task: StudyTask<Work>) -> Int32?
}

extension StudyCommand {
  var liveView: LiveOptions? { nil }

  func run() throws { try runStudy() }

  /// What every such command does.
  func runStudy() throws {
    // A port that is taken must not leave a directory behind.
    let server = try liveView?.start()
    var task = try prepare()
    let record = try carryOut(&task, StudyMonitor(quiet: output.quiet), server)
    if let code = conclude(record, task) { throw ExitCode(code) }
  }

  func conclude(_ record: Work.Record, _ task: StudyTask<Work>) -> Int32? { nil }
}

/// One that needs a config, and makes its study from that and the data.
protocol ConfiguredStudyCommand: StudyCommand {
  var config: ConfigurationOptions { get }

  func makeStudy(_ configuration: RunConfiguration, _ splits: DataSplits) throws -> Work
}

extension ConfiguredStudyCommand {
  func prepare() throws -> StudyTask<Work> {
    let configuration = try config.load()
    let splits = try loadData(configuration, quiet: output.quiet)
    return StudyTask(study: try makeStudy(configuration, splits), configuration: configuration, splits: splits)
  }
}

/// One that leaves a directory with its record and a page.
protocol RecordedStudyCommand: StudyCommand where Work.Record: StudyReport {
  var study: StudyOptions { get }
}

extension RecordedStudyCommand {
  /// The directory is made once there is a record: a study that fails leaves none.
  func carryOut(_ task: inout StudyTask<Work>, _ monitor: StudyMonitor, _ server: LiveServer?) throws -> Work.Record {
    defer { monitor.finish() }
    let record = try task.study.run(task.configuration, splits: task.splits, progress: monitor.show)
    monitor.finish()
    SignalHandling.begin(.finishing)
    let folder = try study.makeFolder(Work.Record.kind, task.configuration)
    task.folder = folder
    try folder.publish(record, as: output)
    return record
  }
}

extension RecordedStudyCommand where Work: InterruptibleStudy {
  /// The directory is there from the start, and has the newest record whenever the study is stopped.
  func carryOut(_ task: inout StudyTask<Work>, _ monitor: StudyMonitor, _ server: LiveServer?) throws -> Work.Record {
    try task.study.check(task.configuration, splits: task.splits)
    SignalHandling.begin(.working)
    let folder = try task.folder ?? study.makeFolder(Work.Record.kind, task.configuration)
    task.folder = folder
    var watch: RecordWatch<Work.Record>?
    let gauge = StudyGauge(study: Work.name, name: task.configuration.name)
    defer { monitor.finish() }
    let record = try task.study.run(
      task.configuration, splits: task.splits, stop: SignalHandling.stop,
      progress: { progress in
        monitor.show(progress)
        gauge.update(progress)
      },
      save: { record in
        watch?.update(record)
        if watch == nil, let server {
          let first = RecordWatch(record, gauge: gauge) { $0.page }
          server.show { first }
          watch = first
        }
        try folder.write(record)
        try folder.writePage(record)
      })
    monitor.finish()
    SignalHandling.begin(.finishing)
    watch?.update(record)
    server?.finish()
    try folder.publish(record, as: output)
    return record
  }
}
