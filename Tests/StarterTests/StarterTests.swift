import Testing

@Suite struct StarterTests {}
