@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    if let complaint = exchangeProperty(Array(UnsafeBufferPointer(start: data, count: count))) { fatalError(complaint) }
    return 0
}
