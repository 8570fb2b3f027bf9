import Testing

@Suite struct ExportersTests {}
