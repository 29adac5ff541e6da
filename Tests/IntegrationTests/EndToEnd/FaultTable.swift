/// What comes of trouble upstream. A line is: route, effect, how many attempts it strikes, the caller's status, `Gateway-Outcome`, the
/// problem's type, and the calls that reached Zuora with the status that it gave them (0: none).
enum FaultTable {
    static let rows = text.split(separator: "\n").compactMap(FaultRow.init)
    static let effects = rows.reduce(into: [String]()) { if $0.last != $1.effect { $0.append($1.effect) } }

    private static let text = """
        aqua.cancel 500 1 200 cancelled - D500 G200 D200
        aqua.cancel 500 all 500 unknown - D500 G200 D500 G200 D500 G200 D500 G200
        dataquery.cancel 500 1 200 cancelled - D500 G200 D200
        dataquery.cancel 500 all 500 unknown - D500 G200 D500 G200 D500 G200 D500 G200
        aqua.get 500 1 200 - - G500 G200
        aqua.get 500 all 500 - - G500 G500 G500 G500
        files.get 500 1 200 - - G500 G200
        files.get 500 all 500 - - G500 G500 G500 G500
        aqua.submit 500 1 500 - - P500
        aqua.submit 500 all 500 - - P500

        aqua.cancel 502 1 200 cancelled - D502 G200 D200
        aqua.cancel 502 all 502 unknown - D502 G200 D502 G200 D502 G200 D502 G200
        dataquery.cancel 502 1 200 cancelled - D502 G200 D200
        dataquery.cancel 502 all 502 unknown - D502 G200 D502 G200 D502 G200 D502 G200
        aqua.get 502 1 200 - - G502 G200
        aqua.get 502 all 502 - - G502 G502 G502 G502
        files.get 502 1 200 - - G502 G200
        files.get 502 all 502 - - G502 G502 G502 G502
        aqua.submit 502 1 502 - - P502
        aqua.submit 502 all 502 - - P502

        aqua.cancel 503 1 200 cancelled - D503 G200 D200
        aqua.cancel 503 all 503 unknown - D503 G200 D503 G200 D503 G200 D503 G200
        dataquery.cancel 503 1 200 cancelled - D503 G200 D200
        dataquery.cancel 503 all 503 unknown - D503 G200 D503 G200 D503 G200 D503 G200
        aqua.get 503 1 200 - - G503 G200
        aqua.get 503 all 503 - - G503 G503 G503 G503
        files.get 503 1 200 - - G503 G200
        files.get 503 all 503 - - G503 G503 G503 G503
        aqua.submit 503 1 503 - - P503
        aqua.submit 503 all 503 - - P503

        aqua.cancel 504 1 200 cancelled - D504 G200 D200
        aqua.cancel 504 all 504 unknown - D504 G200 D504 G200 D504 G200 D504 G200
        dataquery.cancel 504 1 200 cancelled - D504 G200 D200
        dataquery.cancel 504 all 504 unknown - D504 G200 D504 G200 D504 G200 D504 G200
        aqua.get 504 1 200 - - G504 G200
        aqua.get 504 all 504 - - G504 G504 G504 G504
        files.get 504 1 200 - - G504 G200
        files.get 504 all 504 - - G504 G504 G504 G504
        aqua.submit 504 1 504 - - P504
        aqua.submit 504 all 504 - - P504

        aqua.cancel 401-spring 1 200 cancelled - D401 D200

        aqua.cancel 401-reasons 1 200 cancelled - D401 D200

        aqua.cancel 400-no-bearer 1 400 rejected - D400
        dataquery.cancel 400-no-bearer 1 400 rejected - D400
        aqua.get 400-no-bearer 1 400 - - G400
        files.get 400-no-bearer 1 400 - - G400
        aqua.submit 400-no-bearer 1 400 - - P400

        aqua.cancel 400-proxy 1 400 rejected - D400
        dataquery.cancel 400-proxy 1 400 rejected - D400
        aqua.get 400-proxy 1 400 - - G400
        files.get 400-proxy 1 400 - - G400
        aqua.submit 400-proxy 1 400 - - P400

        aqua.cancel reasons-50000060 1 200 cancelled - D200 G200 D200
        dataquery.cancel reasons-50000060 1 200 cancelled - D200 G200 D200
        aqua.get reasons-50000060 1 200 - - G200
        files.get reasons-50000060 1 200 - - G200
        aqua.submit reasons-50000060 1 200 - - P200

        aqua.cancel max-object-size 1 403 rejected - D403
        dataquery.cancel max-object-size 1 403 rejected - D403
        aqua.get max-object-size 1 403 - - G403
        files.get max-object-size 1 403 - - G403
        aqua.submit max-object-size 1 403 - - P403

        aqua.cancel html-403 1 403 rejected - D403
        dataquery.cancel html-403 1 403 rejected - D403
        aqua.get html-403 1 403 - - G403
        files.get html-403 1 403 - - G403
        aqua.submit html-403 1 403 - - P403

        aqua.cancel 404 1 404 rejected - D404 G200
        aqua.cancel 404 all 404 rejected - D404 G200
        dataquery.cancel 404 1 404 rejected - D404 G200
        dataquery.cancel 404 all 404 rejected - D404 G200
        aqua.get 404 1 404 - - G404
        aqua.get 404 all 404 - - G404
        files.get 404 1 404 - - G404
        files.get 404 all 404 - - G404
        aqua.submit 404 1 404 - - P404
        aqua.submit 404 all 404 - - P404

        aqua.cancel 400 1 400 rejected - D400
        aqua.cancel 400 all 400 rejected - D400
        dataquery.cancel 400 1 400 rejected - D400
        dataquery.cancel 400 all 400 rejected - D400
        aqua.get 400 1 400 - - G400
        aqua.get 400 all 400 - - G400
        files.get 400 1 400 - - G400
        files.get 400 all 400 - - G400
        aqua.submit 400 1 400 - - P400
        aqua.submit 400 all 400 - - P400

        aqua.cancel 429-bare 1 200 cancelled - D429 D200
        aqua.cancel 429-bare all 429 rejected - D429 D429 D429 D429
        dataquery.cancel 429-bare 1 200 cancelled - D429 D200
        dataquery.cancel 429-bare all 429 rejected - D429 D429 D429 D429
        aqua.get 429-bare 1 200 - - G429 G200
        aqua.get 429-bare all 429 - - G429 G429 G429 G429
        files.get 429-bare 1 200 - - G429 G200
        files.get 429-bare all 429 - - G429 G429 G429 G429
        aqua.submit 429-bare 1 200 - - P429 P200
        aqua.submit 429-bare all 429 - - P429 P429 P429 P429

        aqua.cancel 429-retry-after 1 200 cancelled - D429 D200
        dataquery.cancel 429-retry-after 1 200 cancelled - D429 D200
        aqua.get 429-retry-after 1 200 - - G429 G200
        files.get 429-retry-after 1 200 - - G429 G200
        aqua.submit 429-retry-after 1 200 - - P429 P200

        aqua.cancel 401-user-info 1 200 cancelled - D401 D200
        aqua.cancel 401-user-info all 503 unknown authentication-trouble D401 D401 D401 D401
        dataquery.cancel 401-user-info 1 200 cancelled - D401 D200
        dataquery.cancel 401-user-info all 503 unknown authentication-trouble D401 D401 D401 D401
        aqua.get 401-user-info 1 200 - - G401 G200
        aqua.get 401-user-info all 503 - authentication-trouble G401 G401 G401 G401
        files.get 401-user-info 1 200 - - G401 G200
        files.get 401-user-info all 503 - authentication-trouble G401 G401 G401 G401
        aqua.submit 401-user-info 1 200 - - P401 P200
        aqua.submit 401-user-info all 503 - authentication-trouble P401 P401 P401 P401

        aqua.cancel html-502 1 200 cancelled - D502 G200 D200
        aqua.cancel html-502 all 502 unknown - D502 G200 D502 G200 D502 G200 D502 G200
        dataquery.cancel html-502 1 200 cancelled - D502 G200 D200
        dataquery.cancel html-502 all 502 unknown - D502 G200 D502 G200 D502 G200 D502 G200
        aqua.get html-502 1 200 - - G502 G200
        aqua.get html-502 all 502 - - G502 G502 G502 G502
        files.get html-502 1 200 - - G502 G200
        files.get html-502 all 502 - - G502 G502 G502 G502
        aqua.submit html-502 1 502 - - P502
        aqua.submit html-502 all 502 - - P502

        aqua.cancel html-200 1 200 cancelled - D200 G200 D200
        aqua.cancel html-200 all 200 unknown - D200 G200 D200 G200 D200 G200 D200 G200
        dataquery.cancel html-200 1 200 cancelled - D200 G200 D200
        dataquery.cancel html-200 all 200 unknown - D200 G200 D200 G200 D200 G200 D200 G200
        aqua.get html-200 1 200 - - G200
        aqua.get html-200 all 200 - - G200
        files.get html-200 1 200 - - G200
        files.get html-200 all 200 - - G200
        aqua.submit html-200 1 200 - - P200
        aqua.submit html-200 all 200 - - P200

        aqua.cancel empty-200 1 200 unknown - D200 G200 G200 G200 G200
        aqua.cancel empty-200 all 200 unknown - D200 G200 G200 G200 G200
        dataquery.cancel empty-200 1 200 unknown - D200 G200 G200 G200 G200
        dataquery.cancel empty-200 all 200 unknown - D200 G200 G200 G200 G200
        aqua.get empty-200 1 200 - - G200
        aqua.get empty-200 all 200 - - G200
        files.get empty-200 1 200 - - G200
        files.get empty-200 all 200 - - G200
        aqua.submit empty-200 1 200 - - P200
        aqua.submit empty-200 all 200 - - P200

        aqua.cancel exceeded-200 1 200 cancelled - D200 D200
        aqua.cancel exceeded-200 all 200 rejected - D200 D200 D200 D200
        dataquery.cancel exceeded-200 1 200 cancelled - D200 D200
        dataquery.cancel exceeded-200 all 200 rejected - D200 D200 D200 D200
        aqua.get exceeded-200 1 200 - - G200
        aqua.get exceeded-200 all 200 - - G200
        files.get exceeded-200 1 200 - - G200
        files.get exceeded-200 all 200 - - G200
        aqua.submit exceeded-200 1 200 - - P200
        aqua.submit exceeded-200 all 200 - - P200

        aqua.cancel aqua-90022 1 200 cancelled - D200 D200
        aqua.cancel aqua-90022 all 200 unknown - D200 D200 D200 D200 G200
        dataquery.cancel aqua-90022 1 200 cancelled - D200 D200
        dataquery.cancel aqua-90022 all 200 unknown - D200 D200 D200 D200 G200
        aqua.get aqua-90022 1 200 - - G200
        aqua.get aqua-90022 all 200 - - G200
        files.get aqua-90022 1 200 - - G200
        files.get aqua-90022 all 200 - - G200
        aqua.submit aqua-90022 1 200 - - P200
        aqua.submit aqua-90022 all 200 - - P200

        aqua.cancel lock 1 200 cancelled - D200 D200
        aqua.cancel lock all 200 rejected - D200 D200 D200 D200
        dataquery.cancel lock 1 200 cancelled - D200 D200
        dataquery.cancel lock all 200 rejected - D200 D200 D200 D200
        aqua.get lock 1 200 - - G200
        aqua.get lock all 200 - - G200
        files.get lock 1 200 - - G200
        files.get lock all 200 - - G200
        aqua.submit lock 1 200 - - P200
        aqua.submit lock all 200 - - P200

        aqua.cancel temporary 1 200 cancelled - D200 D200
        aqua.cancel temporary all 200 unknown - D200 D200 D200 D200 G200
        dataquery.cancel temporary 1 200 cancelled - D200 D200
        dataquery.cancel temporary all 200 unknown - D200 D200 D200 D200 G200
        aqua.get temporary 1 200 - - G200
        aqua.get temporary all 200 - - G200
        files.get temporary 1 200 - - G200
        files.get temporary all 200 - - G200
        aqua.submit temporary 1 200 - - P200
        aqua.submit temporary all 200 - - P200

        aqua.cancel wrong-entity 1 200 wrong-entity - D200
        aqua.cancel wrong-entity all 200 wrong-entity - D200
        dataquery.cancel wrong-entity 1 200 wrong-entity - D200
        dataquery.cancel wrong-entity all 200 wrong-entity - D200
        aqua.get wrong-entity 1 200 - - G200
        aqua.get wrong-entity all 200 - - G200
        files.get wrong-entity 1 200 - - G200
        files.get wrong-entity all 200 - - G200
        aqua.submit wrong-entity 1 200 - - P200
        aqua.submit wrong-entity all 200 - - P200

        aqua.cancel reset 1 200 cancelled - D0 D200
        aqua.cancel reset all 504 unknown cancel-unconfirmed D0 D0 G200 D0 G200 D0 G200 D0 G200
        dataquery.cancel reset 1 200 cancelled - D0 D200
        dataquery.cancel reset all 504 unknown cancel-unconfirmed D0 D0 G200 D0 G200 D0 G200 D0 G200
        aqua.get reset 1 200 - - G0 G200
        aqua.get reset all 502 - upstream-answer-broken G0 G0 G0 G0 G0
        files.get reset 1 200 - - G0 G200
        files.get reset all 502 - upstream-answer-broken G0 G0 G0 G0 G0
        aqua.submit reset 1 502 - upstream-answer-broken P0
        aqua.submit reset all 502 - upstream-answer-broken P0

        aqua.cancel close 1 200 cancelled - D0 D200
        aqua.cancel close all 504 unknown cancel-unconfirmed D0 D0 G200 D0 G200 D0 G200 D0 G200
        dataquery.cancel close 1 200 cancelled - D0 D200
        dataquery.cancel close all 504 unknown cancel-unconfirmed D0 D0 G200 D0 G200 D0 G200 D0 G200
        aqua.get close 1 200 - - G0 G200
        aqua.get close all 502 - upstream-answer-broken G0 G0 G0 G0 G0
        files.get close 1 200 - - G0 G200
        files.get close all 502 - upstream-answer-broken G0 G0 G0 G0 G0
        aqua.submit close 1 502 - upstream-answer-broken P0
        aqua.submit close all 502 - upstream-answer-broken P0

        aqua.cancel reset-after-send 1 200 cancelled - D200 D200 G200
        aqua.cancel reset-after-send all 200 cancelled - D200 D200 G200
        dataquery.cancel reset-after-send 1 200 cancelled - D200 D400 G200
        dataquery.cancel reset-after-send all 200 cancelled - D200 D400 G200
        aqua.get reset-after-send 1 200 - - G200 G200
        aqua.get reset-after-send all 502 - upstream-answer-broken G200 G200 G200 G200 G200
        files.get reset-after-send 1 200 - - G200 G200
        files.get reset-after-send all 502 - upstream-answer-broken G200 G200 G200 G200 G200
        aqua.submit reset-after-send 1 502 - upstream-answer-broken P200
        aqua.submit reset-after-send all 502 - upstream-answer-broken P200

        aqua.cancel 503-after-send 1 200 cancelled - D503 G200
        aqua.cancel 503-after-send all 200 cancelled - D503 G200
        dataquery.cancel 503-after-send 1 200 cancelled - D503 G200
        dataquery.cancel 503-after-send all 200 cancelled - D503 G200
        aqua.get 503-after-send 1 200 - - G503 G200
        aqua.get 503-after-send all 503 - - G503 G503 G503 G503
        files.get 503-after-send 1 200 - - G503 G200
        files.get 503-after-send all 503 - - G503 G503 G503 G503
        aqua.submit 503-after-send 1 503 - - P503
        aqua.submit 503-after-send all 503 - - P503

        aqua.cancel truncate 1 200 cancelled - D200 G200
        aqua.cancel truncate all 200 cancelled - D200 G200
        dataquery.cancel truncate 1 200 cancelled - D200 G200
        dataquery.cancel truncate all 200 cancelled - D200 G200

        aqua.cancel reset-after-head 1 200 cancelled - D200 G200
        aqua.cancel reset-after-head all 200 cancelled - D200 G200
        dataquery.cancel reset-after-head 1 200 cancelled - D200 G200
        dataquery.cancel reset-after-head all 200 cancelled - D200 G200

        aqua.cancel bad-gzip 1 200 cancelled - D200 G200
        aqua.cancel bad-gzip all 200 cancelled - D200 G200
        dataquery.cancel bad-gzip 1 200 cancelled - D200 G200
        dataquery.cancel bad-gzip all 200 cancelled - D200 G200
        aqua.get bad-gzip 1 502 - upstream-content-coding G200
        aqua.get bad-gzip all 502 - upstream-content-coding G200
        files.get bad-gzip 1 502 - upstream-content-coding G200
        files.get bad-gzip all 502 - upstream-content-coding G200
        aqua.submit bad-gzip 1 502 - upstream-content-coding P200
        aqua.submit bad-gzip all 502 - upstream-content-coding P200

        aqua.cancel leaky-fields 1 200 cancelled - D200
        aqua.cancel leaky-fields all 200 cancelled - D200
        dataquery.cancel leaky-fields 1 200 cancelled - D200
        dataquery.cancel leaky-fields all 200 cancelled - D200
        aqua.get leaky-fields 1 200 - - G200
        aqua.get leaky-fields all 200 - - G200
        files.get leaky-fields 1 200 - - G200
        files.get leaky-fields all 200 - - G200
        aqua.submit leaky-fields 1 200 - - P200
        aqua.submit leaky-fields all 200 - - P200

        aqua.cancel interim-103 1 200 cancelled - D200
        aqua.cancel interim-103 all 200 cancelled - D200
        dataquery.cancel interim-103 1 200 cancelled - D200
        dataquery.cancel interim-103 all 200 cancelled - D200
        aqua.get interim-103 1 200 - - G200
        aqua.get interim-103 all 200 - - G200
        files.get interim-103 1 200 - - G200
        files.get interim-103 all 200 - - G200
        aqua.submit interim-103 1 200 - - P200
        aqua.submit interim-103 all 200 - - P200

        aqua.cancel goodbye 1 200 cancelled - D200
        aqua.cancel goodbye all 200 cancelled - D200
        dataquery.cancel goodbye 1 200 cancelled - D200
        dataquery.cancel goodbye all 200 cancelled - D200
        aqua.get goodbye 1 200 - - G200
        aqua.get goodbye all 200 - - G200
        files.get goodbye 1 200 - - G200
        files.get goodbye all 200 - - G200
        aqua.submit goodbye 1 200 - - P200
        aqua.submit goodbye all 200 - - P200
        """
}
