import type { DemoCategory } from './catalogue'

export const baby: DemoCategory = {
  name: 'Baby & Kids',
  products: [
    {
      sku: 'DIAPERS-SIZE-4-52',
      name: 'Diapers Size 4, Pack of 52',
      price: 1480,
      stock: 70,
      drawing: 'diaper-pack',
      tint: 'teal',
      description:
        'Soft diapers for babies of 8 to 14 kilograms. A stripe turns blue when it is time for a change. Stretchy sides, no perfume.',
    },
    {
      sku: 'BABY-WIPES-80',
      name: 'Baby Wipes, Pack of 80',
      price: 250,
      stock: 140,
      drawing: 'wipes',
      tint: 'green',
      description:
        'Thick wipes with water and a little aloe, and nothing that stings. The lid snaps shut so that the last wipe is as moist as the first. Also loved by parents with sticky dashboards.',
    },
    {
      sku: 'FEEDING-BOTTLE-260ML',
      name: 'Feeding Bottle 260 ml',
      price: 680,
      stock: 43,
      drawing: 'feeding-bottle',
      tint: 'pink',
      description:
        'A bottle with a slow-flow teat for babies up to six months. The valve lets air in, so less of it ends in the tummy. Free of BPA and safe to boil.',
    },
    {
      sku: 'FOLDING-STROLLER',
      name: 'Folding Stroller',
      price: 14500,
      stock: 6,
      drawing: 'stroller',
      tint: 'blue',
      description:
        'Folds with one hand and fits into a small boot. The seat lies back for naps and has a five-point belt. Big rear wheels manage most Nairobi pavements.',
    },
    {
      sku: 'WOODEN-BLOCKS-40',
      name: 'Wooden Building Blocks, 40 Pieces',
      price: 1200,
      stock: 24,
      drawing: 'blocks',
      tint: 'red',
      description:
        'Forty smooth blocks of jacaranda wood, painted with colours that are safe to chew. Comes in a cotton bag. For builders from eighteen months.',
    },
    {
      sku: 'COTTON-ROMPERS-3',
      name: 'Cotton Rompers, Set of 3',
      price: 1350,
      stock: 35,
      drawing: 'romper',
      tint: 'amber',
      description:
        'Three short-sleeved rompers in soft cotton, each in a different colour. Snaps at the legs make changes quick. Sizes for 3, 6 and 12 months; say which in the notes.',
    },
    {
      sku: 'TEDDY-BEAR-40CM',
      name: 'Teddy Bear 40 cm',
      price: 990,
      stock: 20,
      drawing: 'teddy',
      tint: 'brown',
      description:
        'A patient bear with stitched eyes that cannot come off. Can be washed at thirty degrees and will look slightly offended afterwards. Stuffed in Athi River.',
    },
  ],
}
