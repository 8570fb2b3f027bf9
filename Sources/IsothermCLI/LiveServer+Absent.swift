#if !LiveView
  import Reports

  /// Stands in for the server where a build has no live view: there is none.
  enum LiveServer {
    func show(_ make: @escaping @Sendable () -> any LiveSource) {}
    func finish() {}
  }

  /// And so none can fail to start.
  enum LiveServerError: Error {}
#endif
