/**
 * Keys of a connection after a change, for implementations in any language (docs/protocol/transport.md). Made by Python's cryptography,
 * hashlib and hmac, not by this program. All values are hex.
 */

/** PROTOCOL 5.4: each key is REKEY of the one before it. */
export const rekeyVector = [
  '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
  '50835543a205b22c9323f2022bc4f67d838f90e61d5ccf33c4513e01f85b5042',
  '30fe3726fa0f864af01d15663c77f95e490e30143788af57e90d56fb9aa71609',
  '83a272a70ec674e16167ca927f6556225f00403ccf784202ea421eec6250d359',
] as const;

/** PROTOCOL 5.20: the keys of both directions before and after one exchange. */
export const keyExchangeVector = {
  initiatorSecret: '11'.repeat(32),
  responderSecret: '22'.repeat(32),
  initiatorShare: '7b4e909bbe7ffe44c465a220037d608ee35897d31ef972f07f74892cb0f73f13',
  responderShare: '0faa684ed28867b97f4a6a2dee5df8ce974e76b7018e3f22a1c4cf2678570f20',
  sharedSecret: '9e004098efc091d4ec2663b4e9f5cfd4d7064571690b4bea97ab146ab9f35056',
  /** The initiator seals with these. */
  fromInitiator: {
    present: '404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f',
    mixed: '3ec0b1be0273d94707bac96b6d9a707a56dea59f47324ada7badfbfb73ebf20a',
  },
  /** The responder seals with these. */
  fromResponder: {
    present: '808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f',
    mixed: 'bad6e6792126b8fea9a6ac5521e91fae736343b7adcec3f3ca01178dfb99a97f',
  },
} as const;
