/// One token call for all members: a lock with a fence, renewed while it is held.
///
/// The hash of a credential: `token` (sealed), `gen`, `exp`, `refresh`, `born`, `bad`; the lock `owner`, `fence`, `until`, `urgent`;
/// `notBefore` and `kind` of the last failure; `rejections` in a row and when the last one was (`forced`).
extension FleetScript {
    /// Requests a token. Arguments: the member, the generation that it has ('' for none), the generation that the API has rejected (''
    /// for none), `wait` if a request waits, else `ahead`, the lifetime of the lock.
    ///
    /// - `token`, time, generation, expiry, refresh, sealed
    /// - `fetch`, time, fence, 1 if a request of any member waits: make the call, and renew before the lock expires
    /// - `wait`, time, end of another member's lock
    /// - `hold`, time, earliest time of the next call, kind of failure
    public static let token = FleetScript(
        "token",
        """
        local key, me, known, reject, mode, lock = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
        local now = clock(key)
        local f = redis.call('HMGET', key, 'token', 'gen', 'exp', 'refresh', 'bad', 'owner', 'fence', 'until', 'notBefore', 'kind',
            'urgent', 'rejections', 'forced', 'born')
        local gen, exp, bad = f[2] or '', tonumber(f[3] or 0), f[5] == '1'
        local fence, held, notBefore, kind = tonumber(f[7] or 0), tonumber(f[8] or 0), tonumber(f[9] or 0), f[10] or ''
        if reject ~= '' and reject == gen and not bad then
            local count = tonumber(f[12] or 0)
            if now - tonumber(f[14] or 0) >= 300000000 then count = 0 end
            if count > 0 then
                local off = tonumber(f[13] or 0) + math.min(60, 10 * 2 ^ math.min(count - 1, 8)) * 1000000
                if off > now and off > notBefore then notBefore, kind = off, 'rejected' end
            end
            bad = true
            redis.call('HSET', key, 'bad', '1', 'rejections', int(count + 1), 'forced', int(math.max(now, notBefore)),
                'notBefore', int(notBefore), 'kind', kind)
        end
        if f[1] and not bad and gen ~= known and exp > now then
            return {'token', now, tonumber(gen), exp, tonumber(f[4] or 0), f[1]}
        end
        local urgent = f[11] == '1'
        if held > now then
            if mode == 'wait' and not urgent then
                urgent = true
                redis.call('HSET', key, 'urgent', '1')
            end
            if f[6] ~= me then return {'wait', now, held} end
            redis.call('HSET', key, 'until', int(now + lock))
            return {'fetch', now, fence, urgent and 1 or 0}
        end
        if notBefore > now then return {'hold', now, notBefore, kind} end
        fence = math.max(fence + 1, now)
        urgent = mode == 'wait'
        redis.call('HSET', key, 'owner', me, 'fence', int(fence), 'until', int(now + lock), 'urgent', urgent and '1' or '0')
        return {'fetch', now, fence, urgent and 1 or 0}
        """)

    /// Publishes a token. Arguments: the fence, its expiry, when to refresh it, the sealed token. `published` or `refused` (the fence
    /// is not the latest), time.
    public static let publish = FleetScript(
        "publish",
        """
        local key = KEYS[1]
        local now = clock(key)
        if redis.call('HGET', key, 'fence') ~= ARGV[1] then return {'refused', now} end
        redis.call('HSET', key, 'token', ARGV[4], 'gen', ARGV[1], 'exp', ARGV[2], 'refresh', ARGV[3], 'born', int(now), 'bad', '0',
            'owner', '', 'until', '0', 'urgent', '0', 'notBefore', '0', 'kind', '')
        return {'published', now}
        """)

    /// Releases the lock without a token. Arguments: the fence, how long no member may call, the kind of failure. `noted` or
    /// `refused`, time.
    public static let fail = FleetScript(
        "fail",
        """
        local key = KEYS[1]
        local now = clock(key)
        if redis.call('HGET', key, 'fence') ~= ARGV[1] then return {'refused', now} end
        redis.call('HSET', key, 'owner', '', 'until', '0', 'urgent', '0')
        local delay = tonumber(ARGV[2])
        if delay > 0 then redis.call('HSET', key, 'notBefore', int(now + delay), 'kind', ARGV[3]) end
        return {'noted', now}
        """)
}

/// The token calls of all members behind one address (GCRA: a theoretical arrival time instead of a window that ends for all at once).
///
/// The hash of an address: `tat` of all calls, and `pre` of those without a waiting request.
extension FleetScript {
    /// Reserves a call. Arguments: `wait` or `ahead`, the average interval between two calls, how many may start at once, how long
    /// in advance a call may be reserved.
    ///
    /// Calls without a waiting request get at most half of either, and no reservation, so that calls with one have priority.
    ///
    /// - `go`, time, when to call
    /// - `later`, time, when to ask again
    public static let budget = FleetScript(
        "budget",
        """
        local key, interval, burst, patience = KEYS[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
        local now = clock(key)
        local f = redis.call('HMGET', key, 'tat', 'pre')
        local tat, pre = tonumber(f[1] or 0), tonumber(f[2] or 0)
        local at
        if ARGV[1] == 'wait' then
            at = math.max(now, tat - (burst - 1) * interval)
        else
            local half = math.max(1, math.floor(burst / 2))
            at = math.max(now, tat - (half - 1) * interval, pre - (half - 1) * 2 * interval)
            patience = 0
        end
        if at - now > patience then return {'later', now, at} end
        redis.call('HSET', key, 'tat', int(math.max(tat, now) + interval))
        if ARGV[1] ~= 'wait' then redis.call('HSET', key, 'pre', int(math.max(pre, now) + 2 * interval)) end
        return {'go', now, at}
        """)
}
