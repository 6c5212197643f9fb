import type { DemoCategory } from './catalogue'

export const beauty: DemoCategory = {
  name: 'Beauty & Care',
  products: [
    {
      sku: 'SHEA-BUTTER-250ML',
      name: 'Pure Shea Butter 250 ml',
      price: 650,
      stock: 55,
      drawing: 'cream-jar',
      tint: 'sand',
      description:
        'Unrefined shea butter with its natural nutty smell. Softens dry elbows, heels and hair ends. A pea-sized piece melts between the palms and goes a long way.',
    },
    {
      sku: 'BODY-LOTION-COCOA-400ML',
      name: 'Cocoa Butter Body Lotion 400 ml',
      price: 495,
      stock: 82,
      drawing: 'pump-bottle',
      tint: 'brown',
      description:
        'A daily lotion that sinks in within a minute and leaves no grease on the collar. Smells lightly of chocolate. For normal to dry skin.',
    },
    {
      sku: 'ALOE-SHAMPOO-350ML',
      name: 'Aloe Vera Shampoo 350 ml',
      price: 420,
      stock: 64,
      drawing: 'shampoo',
      tint: 'green',
      description:
        'Mild shampoo with aloe from Laikipia, free of sulphates. Suits natural, relaxed and braided hair. Rinses out quickly when water is short.',
    },
    {
      sku: 'MATTE-LIPSTICK-RUBY',
      name: 'Matte Lipstick, Ruby',
      price: 550,
      stock: 38,
      drawing: 'lipstick',
      tint: 'red',
      description:
        'A deep red chosen to flatter brown skin. Stays on through lunch and does not dry the lips. Not tested on animals.',
    },
    {
      sku: 'EAU-DE-PARFUM-COAST-50ML',
      name: 'Eau de Parfum “Coast” 50 ml',
      price: 2400,
      stock: 0,
      drawing: 'perfume',
      tint: 'pink',
      description:
        'Jasmine, sea salt and a little vanilla: an evening in Lamu in a bottle. Blended in small lots, so it sells out now and then. For women and men.',
    },
    {
      sku: 'SUNSCREEN-SPF50-100ML',
      name: 'Sunscreen SPF 50, 100 ml',
      price: 1350,
      stock: 26,
      drawing: 'tube',
      tint: 'amber',
      description:
        'High protection that leaves no white cast. Safe for the face, and for children from three years. Put it on again after swimming or two hours in the sun.',
    },
    {
      sku: 'BAR-SOAP-LEMON-175G',
      name: 'Lemon Bar Soap 175 g',
      price: 95,
      stock: 260,
      drawing: 'soap',
      tint: 'amber',
      description:
        'A firm bar that lasts, with a clean lemon smell. Made from palm and coconut oil. Good for hands and body.',
    },
    {
      sku: 'HAIR-DRYER-2000W',
      name: 'Hair Dryer 2000 W',
      price: 2799,
      stock: 17,
      drawing: 'hair-dryer',
      tint: 'pink',
      description:
        'Three heats, two speeds and a cool-shot button. Comes with a comb nozzle for blow-outs and a diffuser for curls. The cable measures a generous 1.8 metres.',
    },
  ],
}
