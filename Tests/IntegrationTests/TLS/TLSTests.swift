import Testing

/// Tests that block their thread and keep processors busy: one at a time, so that others get on.
@Suite(.serialized, .timeLimit(.minutes(5))) enum TLSTests {}
