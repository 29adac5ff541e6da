import Testing

@testable import Gzip
