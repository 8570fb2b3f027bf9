// Whoever declares keys reads and writes JSON values: a format's own words are those of the room below.
@_exported import JSON
