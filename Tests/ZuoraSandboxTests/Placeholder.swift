import Testing

@testable import ZuoraSandbox
