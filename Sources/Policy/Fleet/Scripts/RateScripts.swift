/// The requests of all members to one tenant: a rate, a pause that any member may request, and a pace while Zuora's quota is scarce.
///
/// The hash of a tenant: `tat`; `pause` and `kind`; `pace` (an interval) and `paceUntil`.
extension FleetScript {
    /// Takes a chunk of starts. Arguments: how many at most, the average interval between two (0: only pause and pace apply),
    /// how many may start at once.
    ///
    /// `rate`, time, starts granted, when to ask for more, end of the pause, its kind
    public static let rate = FleetScript(
        "rate",
        """
        local key, want, interval, burst = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local now = clock(key)
        local f = redis.call('HMGET', key, 'tat', 'pause', 'kind', 'pace', 'paceUntil')
        local tat, pause = math.max(tonumber(f[1] or 0), now), tonumber(f[2] or 0)
        if tonumber(f[5] or 0) > now and tonumber(f[4] or 0) > interval then
            interval = tonumber(f[4])
            burst = 1
        elseif interval > 0 then
            -- A pace that is over may have led further.
            tat = math.min(tat, now + burst * interval)
        end
        local n, at = want, now
        if pause > now then
            n, at = 0, pause
        elseif interval > 0 then
            n = math.max(0, math.min(want, math.floor((now - tat) / interval) + burst))
            tat = tat + n * interval
            at = math.max(now, tat - (burst - 1) * interval)
            redis.call('HSET', key, 'tat', int(tat))
        end
        return {'rate', now, n, at, pause, pause > now and f[3] or ''}
        """)

    /// Makes all members pause or slow down. Arguments: the duration of the pause (0: none), its kind, the interval between two requests (0:
    /// none), how long it applies.
    ///
    /// `paused`, time, end of the pause
    public static let pause = FleetScript(
        "pause",
        """
        local key, delay, interval, span = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[4])
        local now = clock(key)
        local f = redis.call('HMGET', key, 'pause', 'pace', 'paceUntil')
        local pause = tonumber(f[1] or 0)
        if delay > 0 and now + delay > pause then
            pause = now + delay
            redis.call('HSET', key, 'pause', int(pause), 'kind', ARGV[2])
        end
        if interval > 0 then
            if tonumber(f[3] or 0) > now then interval = math.max(interval, tonumber(f[2] or 0)) end
            redis.call('HSET', key, 'pace', int(interval), 'paceUntil', int(now + span))
        end
        return {'paused', now, pause}
        """)

    /// Counts the members. Arguments: the member, how long it counts. Replies `members`, time, their number.
    public static let members = FleetScript(
        "members",
        """
        local key, life = KEYS[1], tonumber(ARGV[2])
        local t = redis.call('TIME')
        local now = t[1] * 1000000 + t[2]
        redis.call('ZREMRANGEBYSCORE', key, '-inf', int(now))
        redis.call('ZREMRANGEBYSCORE', key, '(' .. int(now + life), '+inf')
        redis.call('ZADD', key, int(now + life), ARGV[1])
        redis.call('PEXPIRE', key, 604800000)
        return {'members', now, redis.call('ZCARD', key)}
        """)
}
