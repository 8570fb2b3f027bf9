import Testing

@Suite struct TracingTests {}
