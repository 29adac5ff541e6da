/// The slots of a lane: the limit on calls in flight of all members together.
///
/// Keys: a hash, `…:w` and `…:x`. The hash holds `run`, `learn`, the sums `total` (slots of live members), `held` (slots of members that
/// stopped renewing) and `active` (live members that have or want slots), and for each member `m:<id>`: slots, want, seq, expiry, how
/// long the slots are held after it, `l` for live or `h` for held. `…:w` has the waiting members, by the start of their wait; `…:x` all
/// members, by the time of their next change.
extension FleetScript {
    /// Reports and renews. Arguments: the member, the store's run id, seq, cap, want, keep, the lifetime of a lease, how long the member's
    /// slots stay taken once it is lost.
    ///
    /// `keep` is the number that the member uses or may use until the reply: it gets no less. Members below their fair share, cap / active,
    /// wait in order of arrival; slots that they lack are not given to others. For one lease time after the store or the key is new, or its
    /// clock may have jumped, only kept slots are granted, so that members unknown to the store can report.
    ///
    /// Members that have slots report every third of a lease, so reports further apart than half of one are the sign of a jump, or of
    /// members that have gone. A live member's record is lost if the clock jumps by two thirds of a lease and the time that it is held.
    ///
    /// - `lease`, time, slots granted, slots to use (if fewer, start no calls beyond them, since others wait), slots of all members and of lost ones,
    ///   when to ask again (duration), end of learning
    /// - `stale`, time: a later report arrived first
    public static let lease = FleetScript(
        "lease",
        """
        local h, w, x = KEYS[1], KEYS[2], KEYS[3]
        local me, run, seq, cap = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
        local want, keep, life, hold = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
        local now, last = clock(h)
        local f = redis.call('HMGET', h, 'run', 'learn', 'total', 'held', 'active')
        if redis.call('EXISTS', x) == 0 and f[1] then
            -- Only this key was evicted: without it no record would ever expire.
            redis.call('DEL', h, w)
            now, last = clock(h)
            f = {}
        end
        local learn, total, held, active = tonumber(f[2] or 0), tonumber(f[3] or 0), tonumber(f[4] or 0), tonumber(f[5] or 0)
        if f[1] ~= run then learn = now + life end
        local function get(id)
            local text = redis.call('HGET', h, 'm:' .. id)
            if not text then return nil end
            local n, wanted, number, exp, kept, state = string.match(text, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%a)$')
            return {n = tonumber(n), want = tonumber(wanted), seq = tonumber(number), exp = tonumber(exp), hold = tonumber(kept),
                live = state == 'l'}
        end
        local function put(id, r)
            redis.call('HSET', h, 'm:' .. id,
                table.concat({int(r.n), int(r.want), int(r.seq), int(r.exp), int(r.hold), r.live and 'l' or 'h'}, ' '))
            redis.call('ZADD', x, int(r.exp), id)
        end
        local function leave(r)
            if not r.live then
                held = held - r.n
            else
                total = total - r.n
                if r.n > 0 or r.want > 0 then active = active - 1 end
            end
        end
        if now - last > life / 2 then
            for _, id in ipairs(redis.call('ZRANGE', x, 0, -1)) do
                local r = get(id)
                if r and r.n > 0 and now - last > life / 2 + r.hold then learn = now + life end
            end
        end
        for _, id in ipairs(redis.call('ZRANGEBYSCORE', x, '-inf', int(now))) do
            local r = get(id)
            if r then
                leave(r)
                if r.live and r.n > 0 and r.exp + r.hold > now then
                    held = held + r.n
                    put(id, {n = r.n, want = 0, seq = r.seq, exp = r.exp + r.hold, hold = r.hold, live = false})
                else
                    redis.call('HDEL', h, 'm:' .. id)
                    redis.call('ZREM', x, id)
                end
            else
                redis.call('ZREM', x, id)
            end
            redis.call('ZREM', w, id)
        end
        local function save()
            redis.call('HSET', h, 'run', run, 'learn', int(learn), 'total', int(total), 'held', int(held), 'active', int(active))
        end
        local mine = get(me)
        if mine and seq < mine.seq then
            save()
            return {'stale', now}
        end
        if mine then leave(mine) end
        if want < keep then want = keep end
        local wants = want > 0 and 1 or 0
        local fair = math.max(1, math.floor(cap / math.max(1, active + wants)))
        local free, ahead = cap - total - held, 0
        for _, id in ipairs(redis.call('ZRANGE', w, 0, 2 * cap)) do
            if id == me or ahead >= free then break end
            local r = get(id)
            if r then ahead = ahead + math.max(0, math.min(r.want, fair) - r.n) end
        end
        local use = math.max(0, math.min(want, free - ahead))
        local learning = now < learn
        if learning then use = keep end
        local grant = math.max(keep, use)
        total, active = total + grant, active + wants
        put(me, {n = grant, want = want, seq = seq, exp = now + life, hold = hold, live = true})
        local again = life / 3
        if use < math.min(want, fair) then
            redis.call('ZADD', w, 'NX', int(now), me)
            again = math.min(life / 6, life / 60 * (1 + math.floor(redis.call('ZRANK', w, me) / cap)))
        else
            redis.call('ZREM', w, me)
            if use < want or redis.call('ZCARD', w) > 0 then again = life / 12 end
        end
        if learning then again = math.min(life / 12, learn - now) end
        save()
        redis.call('PEXPIRE', w, 604800000)
        redis.call('PEXPIRE', x, 604800000)
        return {'lease', now, grant, use, total, held, math.floor(again), learn}
        """)
}
