import Configuration
import Glibc
import Logging
public import Network
import Policy
import Synchronization
import Wire

/// Shutdown: signals, the drain, and the exit code.
extension GatewayControl {
    public static let signalsHandled = [SIGTERM, SIGINT, SIGHUP, SIGUSR1]

    /// Handles the process's signals. `SignalSource.block(signalsHandled)` must have been called before any thread was started.
    public func followSignals() throws(SystemError) {
        signals = try SignalSource(Self.signalsHandled, reactor: reactor) { signal in
            self.reactor.spawn { await self.received(signal) }
        }
    }

    private func received(_ signal: Int32) async {
        switch signal {
        case SIGHUP: await reload()
        case SIGTERM:
            wasToldBySIGTERM = true
            await endSignal()
        case SIGINT: await endSignal()
        default: break
        }
    }

    /// The first signal after a `quit` requests the drain that is already running.
    private func endSignal() async {
        endSignals += 1
        if phase == .draining, endSignals == 1 { return }
        await terminate()
    }

    /// Drains and exits; a second call exits immediately.
    public func terminate() async {
        switch phase {
        case .starting: endsOnceServing = true
        case .serving: await drain()
        case .draining:
            log.notice("exiting immediately")
            if await requestsUnderWay > 0 { status.store(1, ordering: .relaxed) }
            await stop()
        case .stopped: break
        }
    }

    /// A worker that does not respond counts as one.
    private var requestsUnderWay: Int {
        get async { await ask { await $0.activeRequests }.reduce(0) { $0 + ($1 ?? 1) } }
    }

    /// How long after the listeners idle connections are closed, unless they send another request.
    private static let idleGrace = Duration.seconds(1)

    /// How long before the end of the drain waiting requests are rejected, so that callers can send them elsewhere.
    private static let lastCall = Duration.seconds(2)

    /// How long the workers have for their last words.
    private static let patienceAtEnd = Duration.seconds(2)

    private func drain() async {
        phase = .draining
        notifier?.stopping()
        let gateway = snapshot?.configuration.gateway ?? GatewaySettings()
        log.notice("draining", metadata: ["open_connections": .number(gauge.value)])
        let deadline = Timer(reactor.timers) { [self] in
            reactor.spawn { await self.drainTimedOut() }
        }
        let end = Instant.now() + gateway.drain
        deadline.schedule(at: end)
        let lastCall = Timer(reactor.timers) { [self] in
            reactor.spawn { _ = await self.ask { await $0.endWaits() } }
        }
        lastCall.schedule(at: end - min(Self.lastCall, gateway.drain / 4))
        // From now on every response has `Connection: close`.
        let idleGrace = min(Self.idleGrace, (gateway.drain - gateway.minDrain) / 2)
        _ = await ask { await $0.drain(grace: gateway.minDrain + idleGrace) }
        if gateway.minDrain > .zero { await reactor.sleep(gateway.minDrain) }
        for listener in listeners { listener.stop() }
        for socket in sockets { socket.unlinkPath() }
        listeners = []
        sockets = []
        for worker in workers { await worker.waitUntilEmpty() }
        deadline.cancel()
        lastCall.cancel()
        await endDrained()
    }

    private func drainTimedOut() async {
        let requests = await requestsUnderWay
        guard requests > 0 else { return await endDrained() }
        guard phase == .draining else { return }
        log.warning("drain timed out, closing remaining connections", metadata: ["requests": .number(requests)])
        status.store(1, ordering: .relaxed)
        await stop()
    }

    /// No request was lost, although idle connections may still be open.
    private func endDrained() async {
        guard phase == .draining else { return }
        log.notice("drained")
        if wasToldBySIGTERM, !(snapshot?.configuration.gateway.exitZeroOnSigterm ?? false) {
            status.store(128 + SIGTERM, ordering: .relaxed)
        }
        await stop()
    }

    /// Ends the workers and the loop.
    public func stop() async {
        guard phase != .stopped else { return }
        phase = .stopped
        await slotKeeper?.giveBack(patience: fleet?.settings.timeout ?? .zero)
        _ = await ask(patience: Self.patienceAtEnd) { await $0.stop() }
        await exporter?.finish()
        watcher?.stop()
        adminServer?.closeAll()
        adminListener?.stop()
        adminSocket?.unlinkPath()
        fleet?.store.close()
        upstream?.close()
        loop.stop()
    }
}
